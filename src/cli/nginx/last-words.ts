// The last moment of a process that has a fault: what nobody caught is told with its stack, what the logs still hold is
// written, and the process ends. It never goes on: what it would do then, nobody knows.

import type { ErrorLog } from './error-log.ts';

export interface LastWords {
  readonly errorLog: ErrorLog;
  /** Writes what waits in logs, and takes away what must not outlive the process. */
  readonly cleanUp: () => void;
  readonly exit: (code: number) => void;
}

export function catchFaults({ errorLog, cleanUp, exit }: LastWords): void {
  let ending = false;
  process.on('uncaughtException', (error: unknown) => {
    if (!ending) {
      ending = true;
      try {
        const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
        errorLog.write('alert', `a fault of the program ends it: ${stack.replaceAll(/\s*\n\s*/g, '; ')}`);
        cleanUp();
      } catch {
        // There is nobody left to tell.
      }
    }
    exit(1);
  });
}
