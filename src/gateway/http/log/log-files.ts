// The files that logs go to, each open once however many logs write to it, and opened anew when the operator says so.

import { type ByteWriter, type ByteWriterOptions, createByteWriter } from './byte-writer.ts';

export interface LogFiles {
  /** @throws MutualError `file-unwritable` */
  open(file: string, buffer?: ByteWriterOptions['buffer']): ByteWriter;
  /**
   * A file whose name comes with a request: only so many are open at once, whatever names clients think of.
   *
   * @throws MutualError `file-unwritable`
   */
  openNamed(file: string): ByteWriter;
  reopen(): void;
  /** Writes everything before it returns. For the last moment of a process. */
  flushSync(): void;
  close(): void;
}

const mostNamed = 64;

const nowhere: ByteWriter = { write() {}, reopen() {}, flushSync() {}, close() {} };

/** `stderr` for standard error. */
export function createLogFiles(onError: (reason: string) => void): LogFiles {
  const writers = new Map<string, ByteWriter>();
  /** The one used last stands last. */
  const named = new Map<string, ByteWriter>();
  return {
    open(file, buffer) {
      const known = writers.get(file);
      if (known !== undefined) return known;
      if (/^(syslog|memory):/.test(file)) {
        onError(`${file}: only files and standard error are written to by the servers of http`);
        writers.set(file, nowhere);
        return nowhere;
      }
      const writer = createByteWriter({ target: file === 'stderr' ? 2 : file, buffer, onError });
      writers.set(file, writer);
      return writer;
    },
    openNamed(file) {
      const known = writers.get(file) ?? named.get(file);
      const writer = known ?? createByteWriter({ target: file, buffer: undefined, onError });
      if (writers.has(file)) return writer;
      named.delete(file);
      named.set(file, writer);
      const [oldest] = named;
      if (named.size > mostNamed && oldest !== undefined) {
        named.delete(oldest[0]);
        oldest[1].close();
      }
      return writer;
    },
    reopen() {
      for (const writer of writers.values()) writer.reopen();
      for (const writer of named.values()) writer.close();
      named.clear();
    },
    flushSync() {
      for (const writer of [...writers.values(), ...named.values()]) writer.flushSync();
    },
    close() {
      for (const writer of [...writers.values(), ...named.values()]) writer.close();
      writers.clear();
      named.clear();
    },
  };
}
