// Moves a message body from where it comes in to where it goes out, as fast as the slower side allows, holding no
// more of it than the two streams' own buffers. Counts, limits and times it; neither side is ended or destroyed here.

import type { Readable, Writable } from 'node:stream';

export interface PumpOptions {
  /** More than this is `too-large`; 0: no limit. */
  readonly maxBytes?: number;
  /** What the head promised: anything else is `wrong-length`. */
  readonly expectedBytes?: number | undefined;
  /** How long the source may send nothing while it is waited for; 0: forever. */
  readonly sourceIdleMs: number;
  /** How long the sink may take nothing while it is waited for; 0: forever. */
  readonly sinkIdleMs: number;
  /** Called for every piece, with its length. */
  readonly onBytes?: (bytes: number) => void;
}

/** How a body can fail to arrive. `source-failed`: the stream broke off before its end. */
export type BodyFault = 'too-large' | 'wrong-length' | 'source-stalled' | 'sink-stalled' | 'source-failed';

export interface PumpEnd {
  /** Undefined: the body is complete, and all of it has been written to the sink. */
  readonly fault?: BodyFault;
  /** With `source-failed`, what the stream said, if anything. */
  readonly error?: unknown;
}

/**
 * Starts pumping; `done` is called once, unless the returned function has stopped it before. After either the source
 * is paused and nobody listens to it.
 */
export function pumpBody(
  source: Readable,
  sink: Writable,
  options: PumpOptions,
  done: (end: PumpEnd) => void,
): () => void {
  const { maxBytes = 0, expectedBytes, sourceIdleMs, sinkIdleMs, onBytes } = options;
  let bytes = 0;
  let blocked = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const watch = (idleMs: number, fault: BodyFault): void => {
    clearTimeout(timer);
    timer = idleMs > 0 ? setTimeout(finish, idleMs, { fault }) : undefined;
  };
  const excess = (): BodyFault | undefined => {
    if (maxBytes > 0 && bytes > maxBytes) return 'too-large';
    return expectedBytes !== undefined && bytes > expectedBytes ? 'wrong-length' : undefined;
  };
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    const fault = excess();
    if (fault !== undefined) {
      finish({ fault });
      return;
    }
    onBytes?.(chunk.length);
    if (sink.write(chunk)) {
      timer?.refresh();
      return;
    }
    blocked = true;
    source.pause();
    watch(sinkIdleMs, 'sink-stalled');
  };
  const onDrain = (): void => {
    if (!blocked) return;
    blocked = false;
    watch(sourceIdleMs, 'source-stalled');
    source.resume();
  };
  const onEnd = (): void => {
    finish(expectedBytes !== undefined && bytes !== expectedBytes ? { fault: 'wrong-length' } : {});
  };
  const onError = (error: unknown): void => finish({ fault: 'source-failed', error });
  const onClose = (): void => finish({ fault: 'source-failed' });

  function stop(): void {
    stopped = true;
    clearTimeout(timer);
    source.off('data', onData).off('end', onEnd).off('close', onClose);
    sink.off('drain', onDrain);
    source.pause();
  }
  function finish(end: PumpEnd): void {
    if (stopped) return;
    stop();
    done(end);
  }

  // 'error' stays listened to: a source that breaks later must not take the process with it.
  source.on('error', onError).on('end', onEnd).on('close', onClose);
  sink.on('drain', onDrain);
  watch(sourceIdleMs, 'source-stalled');
  if (source.readableEnded) process.nextTick(onEnd);
  else if (source.destroyed) process.nextTick(onClose);
  else source.on('data', onData);
  return () => {
    if (!stopped) stop();
  };
}
