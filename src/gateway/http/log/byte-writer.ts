// Appends lines of any bytes to a file, or to a stream that is open: whole and in order, several in one write. It writes
// as nginx does, before it goes on: what was written is there when a file is opened anew or the process ends.

import { closeSync, openSync, writeSync } from 'node:fs';
import { MutualError, messageOf, systemCodeOf } from '../../../errors.ts';

export interface ByteWriter {
  /** @param text one character a byte */
  write(text: string): void;
  /** Opens the file anew by its name; where that fails the old one is kept. */
  reopen(): void;
  /** Writes everything before it returns. */
  flushSync(): void;
  /** Writes everything, then closes the file. */
  close(): void;
}

export interface ByteWriterOptions {
  /** A file, or the number of a stream. */
  readonly target: string | number;
  /** How much may wait, and for how long, to be written together. Undefined: until the next turn of the event loop. */
  readonly buffer: { readonly bytes: number; readonly flushMs: number | undefined } | undefined;
  readonly onError: (reason: string) => void;
}

const mostWaitingBytes = 4 * 1024 * 1024;
const retryMs = 10;

/** @throws MutualError `file-unwritable` */
export function createByteWriter({ target, buffer, onError }: ByteWriterOptions): ByteWriter {
  let file = open(target);
  let waiting: Buffer[] = [];
  let size = 0;
  let timer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  let failed = false;

  function fail(error: unknown): void {
    if (!failed) onError(`${target} cannot be written: ${messageOf(error)}`);
    failed = true;
  }
  function flush(): void {
    if (size === 0) return;
    let bytes = take();
    try {
      while (bytes.length > 0) bytes = bytes.subarray(writeSync(file, bytes));
      failed = false;
    } catch (error) {
      // Of a pipe whose reader is slow; what it cannot take for long is too much to keep.
      if (systemCodeOf(error) !== 'EAGAIN' || bytes.length > mostWaitingBytes) {
        fail(error);
        return;
      }
      waiting.unshift(bytes);
      size += bytes.length;
      timer ??= setTimeout(flush, retryMs).unref();
    }
  }
  function take(): Buffer {
    const bytes = Buffer.concat(waiting);
    waiting = [];
    size = 0;
    clear();
    return bytes;
  }
  function clear(): void {
    if (timer === undefined) return;
    clearTimeout(timer as NodeJS.Timeout);
    clearImmediate(timer as NodeJS.Immediate);
    timer = undefined;
  }
  return {
    write(text) {
      const bytes = Buffer.from(text, 'latin1');
      waiting.push(bytes);
      size += bytes.length;
      if (buffer === undefined) timer ??= setImmediate(flush);
      else if (size >= buffer.bytes) flush();
      else timer ??= setTimeout(flush, buffer.flushMs ?? 2 ** 31 - 1).unref();
    },
    reopen() {
      flush();
      if (typeof target === 'number') return;
      try {
        const next = open(target);
        closeSync(file);
        file = next;
      } catch (error) {
        onError(messageOf(error));
      }
    },
    flushSync: flush,
    close() {
      flush();
      clear();
      if (typeof target !== 'number') closeSync(file);
    },
  };
}

function open(target: string | number): number {
  if (typeof target === 'number') return target;
  try {
    return openSync(target, 'a', 0o644);
  } catch (cause) {
    throw new MutualError('file-unwritable', `open() "${target}" failed: ${messageOf(cause)}`, { cause });
  }
}
