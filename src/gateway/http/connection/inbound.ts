// What a client sends, as bytes that wait to be read. The stream flows even when nobody reads, up to a bound, so that a
// client that goes away is noticed at once.

import type { Duplex } from 'node:stream';

export interface Inbound {
  /** Unread. */
  readonly buffer: Buffer;
  /** Bytes that have come, read or not. */
  readonly received: number;
  /** The client has sent its last byte. */
  readonly ended: boolean;
  /** The connection is no more. */
  readonly gone: boolean;
  consume(count: number): void;
  /** Puts bytes back in front. */
  unread(bytes: Buffer): void;
  /** Waits for more bytes than there are. 0: without a limit. */
  more(timeoutMs: number): Promise<'data' | 'end' | 'timeout'>;
  /** Told once when the client ends or is gone; the returned function takes it back. */
  onEnd(told: () => void): () => void;
  /** Leaves the stream to another reader; what is unread is put back into it. */
  release(): void;
}

const highWaterBytes = 256 * 1024;

export function createInbound(stream: Duplex): Inbound {
  let buffer: Buffer = Buffer.alloc(0);
  let ended = false;
  let gone = false;
  /** Of all that wait: a body may still be waited for when the end of the connection is, too. */
  const waiting = new Set<() => void>();
  const listeners = new Set<() => void>();

  let received = 0;
  const onData = (chunk: Buffer): void => {
    received += chunk.length;
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
    if (buffer.length >= highWaterBytes) stream.pause();
    wakeAll();
  };
  const wakeAll = (): void => {
    for (const wake of [...waiting]) wake();
  };
  const finish = (): void => {
    wakeAll();
    for (const told of [...listeners]) told();
    listeners.clear();
  };
  const onEnd = (): void => {
    ended = true;
    finish();
  };
  const onClose = (): void => {
    ended = true;
    gone = true;
    finish();
  };
  stream.on('data', onData);
  stream.on('end', onEnd);
  stream.on('close', onClose);
  stream.on('error', ignore);

  return {
    get buffer() {
      return buffer;
    },
    get received() {
      return received;
    },
    get ended() {
      return ended;
    },
    get gone() {
      return gone;
    },
    consume(count) {
      buffer = buffer.subarray(count);
      if (stream.isPaused() && buffer.length < highWaterBytes) stream.resume();
    },
    unread(bytes) {
      buffer = Buffer.concat([bytes, buffer]);
    },
    more(timeoutMs) {
      if (ended) return Promise.resolve('end');
      const before = buffer.length;
      if (stream.isPaused()) stream.resume();
      return new Promise((resolve) => {
        const timer =
          timeoutMs === 0 ? undefined : setTimeout(() => settle('timeout'), Math.min(timeoutMs, 2 ** 31 - 1));
        const settle = (what: 'data' | 'end' | 'timeout'): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve(what);
        };
        const wake = (): void => {
          if (buffer.length > before) settle('data');
          else if (ended) settle('end');
        };
        waiting.add(wake);
      });
    },
    onEnd(told) {
      if (ended) {
        told();
        return ignore;
      }
      listeners.add(told);
      return () => void listeners.delete(told);
    },
    release() {
      stream.pause();
      stream.off('data', onData);
      stream.off('end', onEnd);
      stream.off('close', onClose);
      if (buffer.length > 0) stream.unshift(buffer);
      buffer = Buffer.alloc(0);
    },
  };
}

function ignore(): void {}
