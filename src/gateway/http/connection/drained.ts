// Waits until a stream takes more, and leaves nothing behind on it.

import type { Duplex } from 'node:stream';
import { ClientGone } from '../response/response-sink.ts';

/** @throws ClientGone where it takes longer, or the stream is closed @param timeoutMs 0: without a limit */
export function drained(stream: Duplex, timeoutMs: number): Promise<void> {
  if (!stream.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const timer =
      timeoutMs === 0 ? undefined : setTimeout(() => settle(new ClientGone(true)), Math.min(timeoutMs, 2 ** 31 - 1));
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      stream.off('drain', onDrain);
      stream.off('close', onClose);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onDrain = (): void => settle();
    const onClose = (): void => settle(new ClientGone());
    stream.on('drain', onDrain);
    stream.on('close', onClose);
  });
}
