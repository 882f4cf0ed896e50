// Lines in, a file or a standard stream out, without ever making the caller wait. Lines are written whole and in
// order, several in one write of a file opened for appending, so that processes can share a file without tearing
// lines. A file that was renamed or removed is made anew, and none is lost when the writer is closed.

import { fstatSync, openSync, type Stats, writeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import pino from 'pino';
import { MutualError, messageOf, systemCodeOf } from '../../errors.ts';

export interface LineWriterOptions {
  /** A file, which is appended to, or the number of a stream that is open already: 1, 2. */
  readonly target: string | number;
  /** How long lines may wait for others to be written with them. 0: not at all. */
  readonly delayMs: number;
  /** As soon as this much waits it is written without waiting for `delayMs`. Default 16 KiB. */
  readonly bufferBytes?: number;
  /** How often it is looked whether the file is still there under its name. Default a second. */
  readonly lookMs?: number;
  /** Told once when lines cannot be written, and again only after some could. */
  readonly onError: (reason: string) => void;
}

export interface LineWriter {
  /** @param text one or more lines, each with its line break */
  write(text: string): void;
  /** Opens the file anew by its name, after it was renamed. Where that fails the old one is kept. */
  reopen(): void;
  /**
   * Writes what waits before it returns; what is being written at that moment is finished no later than by the end of
   * the process. For the last moment of one.
   */
  flushSync(): void;
  /** Writes everything, then closes the file. */
  close(): Promise<void>;
}

/** Bytes that wait for a stalled disk or pipe before lines are dropped: memory is not for logs. */
const maxWaitingBytes = 64 << 20;

/** Room for lines is made this much at a time, or more where a line takes more. */
const blockBytes = 65_536;

type Destination = ReturnType<typeof pino.destination>;

/** @throws MutualError `file-unwritable` */
export function createLineWriter(options: LineWriterOptions): LineWriter {
  const { target, delayMs, bufferBytes = 16_384, lookMs = 1000, onError } = options;
  const name = target === 1 ? 'standard output' : target === 2 ? 'standard error' : String(target);
  /** Which file is open; undefined where names do not matter: streams, devices, pipes. */
  let opened: Pick<Stats, 'dev' | 'ino'> | undefined;
  let fd = -1;
  let destination = open();
  // Bytes and not text: a text that is added up from many pieces is a tree, which costs more to walk than to write.
  let block = Buffer.alloc(0);
  let used = 0;
  let timer: NodeJS.Timeout | undefined;
  let failing = false;
  let missing = false;
  let closed = false;
  /** Files that were renamed and are still being written. */
  const ending = new Map<Destination, Promise<void>>();

  function fail(reason: string): void {
    if (!failing) onError(reason);
    failing = true;
  }

  function open(): Destination {
    fd = openTarget(target);
    if (typeof target === 'string') {
      const found = fstatSync(fd);
      opened = found.isFile() ? { dev: found.dev, ino: found.ino } : undefined;
    }
    const made = pino.destination({ dest: fd, sync: false, maxLength: maxWaitingBytes });
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
    if (used === 0) return;
    const lines = block.toString('utf8', 0, used);
    used = 0;
    destination.write(lines);
  }

  function add(text: string): void {
    // A character takes three bytes at the most.
    const most = 3 * text.length;
    if (most > block.length - used) {
      flush();
      if (most > block.length) block = Buffer.allocUnsafeSlow(Math.max(most, blockBytes));
    }
    used += block.write(text, used);
  }

  function reopen(): void {
    if (closed || typeof target === 'number') return;
    flush();
    const previous = destination;
    destination = open();
    missing = false;
    ending.set(
      previous,
      ended(previous).finally(() => ending.delete(previous)),
    );
  }

  /** Whoever moves a log away without a signal finds a new one in its place soon. */
  async function look(): Promise<void> {
    if (closed || opened === undefined) return;
    const found = await stat(String(target)).catch((error: unknown) => {
      // What may not be looked at may still be written.
      return systemCodeOf(error) === 'ENOENT' ? undefined : opened;
    });
    if (found?.ino === opened.ino && found.dev === opened.dev) return;
    try {
      reopen();
    } catch (error) {
      if (!missing) onError(messageOf(error));
      missing = true;
    }
  }

  const looking = typeof target === 'string' ? setInterval(() => void look(), lookMs).unref() : undefined;

  return {
    write(text) {
      if (closed) return;
      add(text);
      if (delayMs === 0 || used >= bufferBytes) flush();
      else timer ??= setTimeout(flush, delayMs);
    },
    reopen() {
      try {
        reopen();
      } catch (error) {
        onError(messageOf(error));
      }
    },
    flushSync() {
      if (closed) return;
      for (const one of [...ending.keys(), destination]) one.flushSync();
      // Not by way of the destination: that would begin to write, and not wait for the end.
      clearTimeout(timer);
      timer = undefined;
      const waiting = block.subarray(0, used);
      used = 0;
      try {
        writeWhole(fd, waiting);
      } catch (error) {
        fail(`${name} cannot be written: ${messageOf(error)}`);
      }
    },
    async close() {
      clearInterval(looking);
      if (closed) return;
      flush();
      closed = true;
      await Promise.all([...ending.values(), ended(destination)]);
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

/** How long a full pipe is waited for, when there is no later any more. */
const patienceMs = 1000;

function writeWhole(fd: number, bytes: Buffer): void {
  const giveUpAt = performance.now() + patienceMs;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (systemCodeOf(error) !== 'EAGAIN' || performance.now() > giveUpAt) throw error;
    }
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
