// The last moment of a program that has a fault: an exception that nobody caught is told with its stack, what the logs
// still hold is written, and the process ends. It never goes on: what it would do then, nobody knows.

import type { Logger } from 'pino';
import { messageOf } from '../errors.ts';

export interface CrashDependencies {
  readonly log: Logger;
  /** Writes what waits in the logs before it returns, the log above last. */
  readonly flushSync: () => void;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

/** Promises that are rejected with nobody listening come here, too: Node makes exceptions of them. */
export function catchCrashes({ log, flushSync, exit }: CrashDependencies): void {
  let ending = false;
  process.on('uncaughtException', (error: unknown, origin) => {
    // A fault in what follows here, which comes back to here.
    if (ending) {
      exit(1);
      return;
    }
    ending = true;
    try {
      log.fatal({ code: 'internal', err: error, origin }, `a fault of the program ends it: ${messageOf(error)}`);
      flushSync();
    } finally {
      exit(1);
    }
  });
}
