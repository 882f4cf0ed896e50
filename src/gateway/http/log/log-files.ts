// The files that logs go to, each open once however many logs write to it, and opened anew when the operator says so.

import { createLineWriter, type LineWriter } from '../../observe/line-writer.ts';

export interface LogFiles {
  /** @throws MutualError `file-unwritable` */
  open(file: string, buffer?: { readonly bytes: number; readonly flushMs: number | undefined }): LineWriter;
  reopen(): void;
  /** Writes what waits before it returns. */
  flushSync(): void;
  close(): Promise<void>;
}

/** `stderr` for standard error. */
export function createLogFiles(onError: (reason: string) => void): LogFiles {
  const writers = new Map<string, LineWriter>();
  return {
    open(file, buffer) {
      const known = writers.get(file);
      if (known !== undefined) return known;
      const writer = createLineWriter({
        target: file === 'stderr' ? 2 : file,
        delayMs: buffer === undefined ? 0 : (buffer.flushMs ?? 60_000),
        ...(buffer === undefined ? {} : { bufferBytes: buffer.bytes }),
        onError,
      });
      writers.set(file, writer);
      return writer;
    },
    reopen() {
      for (const writer of writers.values()) writer.reopen();
    },
    flushSync() {
      for (const writer of writers.values()) writer.flushSync();
    },
    async close() {
      await Promise.all([...writers.values()].map((writer) => writer.close()));
      writers.clear();
    },
  };
}
