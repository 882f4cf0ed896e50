// Lines in, a file or a standard stream out, without ever making the caller wait. Lines are written whole and in
// order, to the file of the same name that is there after a rename, and none is lost when the writer is closed.

import { openSync } from 'node:fs';
import pino from 'pino';
import { MutualError, messageOf, systemCodeOf } from '../../errors.ts';

export interface LineWriterOptions {
  /** A file, which is appended to, or the number of a stream that is open already: 1, 2. */
  readonly target: string | number;
  /** How long lines may wait for others to be written with them. 0: not at all. */
  readonly delayMs: number;
  /** Told once when lines cannot be written, and again only after some could. */
  readonly onError: (reason: string) => void;
}

export interface LineWriter {
  /** @param text one or more lines, each with its line break */
  write(text: string): void;
  /** Opens the file anew by its name, after it was renamed. Where that fails the old one is kept. */
  reopen(): void;
  /** Writes everything before it returns. For the last moment of a process. */
  flushSync(): void;
  /** Writes everything, then closes the file. */
  close(): Promise<void>;
}

/** Bytes that wait for a stalled disk or pipe before lines are dropped: memory is not for logs. */
const maxWaitingBytes = 64 << 20;
/** Characters that are written at once without waiting for `delayMs`. */
const fullBuffer = 16_384;

type Destination = ReturnType<typeof pino.destination>;

/** @throws MutualError `file-unwritable` */
export function createLineWriter({ target, delayMs, onError }: LineWriterOptions): LineWriter {
  const name = target === 1 ? 'standard output' : target === 2 ? 'standard error' : String(target);
  let destination = open();
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;
  let failing = false;
  let closed = false;
  /** Files that were renamed and are still being written. */
  const ending = new Set<Promise<void>>();

  function fail(reason: string): void {
    if (!failing) onError(reason);
    failing = true;
  }

  function open(): Destination {
    const made = pino.destination({ dest: openTarget(target), sync: false, maxLength: maxWaitingBytes });
    made.on('error', (error: Error) => {
      fail(`${name} cannot be written: ${messageOf(error)}`);
      // Nobody reads the pipe any more. pino's destination does nothing from now on, not even end.
      if (systemCodeOf(error) === 'EPIPE') closed = true;
    });
    made.on('drop', () => fail(`${name} does not take lines fast enough: some are lost`));
    made.on('write', () => {
      failing = false;
    });
    return made;
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === '') return;
    const text = waiting;
    waiting = '';
    destination.write(text);
  }

  return {
    write(text) {
      if (closed) return;
      waiting += text;
      if (delayMs === 0 || waiting.length >= fullBuffer) flush();
      else timer ??= setTimeout(flush, delayMs);
    },
    reopen() {
      if (closed || typeof target === 'number') return;
      flush();
      try {
        const previous = destination;
        destination = open();
        const end = ended(previous).finally(() => ending.delete(end));
        ending.add(end);
      } catch (error) {
        onError(messageOf(error));
      }
    },
    flushSync() {
      if (closed) return;
      flush();
      destination.flushSync();
    },
    async close() {
      if (closed) return;
      flush();
      closed = true;
      await Promise.all([...ending, ended(destination)]);
    },
  };
}

function openTarget(target: string | number): number {
  if (typeof target === 'number') return target;
  try {
    return openSync(target, 'a', 0o640);
  } catch (error) {
    const hint = systemCodeOf(error) === 'ENOENT' ? '; its directory has to exist' : '';
    throw new MutualError('file-unwritable', `${target} cannot be opened for the log${hint}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Resolves when everything is written and the file is closed, or when it turns out that it never will be. */
function ended(destination: Destination): Promise<void> {
  return new Promise((resolve) => {
    destination.once('close', resolve);
    destination.once('error', () => {
      destination.destroy();
      resolve();
    });
    destination.end();
  });
}
