// The logs of a running program, and its last words: opened from the configuration, written whole whatever ends it.

import type { Config } from '../../config/schema.ts';
import { createObserver, type Observer } from '../../gateway/observe/observer.ts';
import { createProgramLog, type ProgramLog } from '../../gateway/observe/program-log.ts';
import { catchCrashes } from '../crash.ts';
import type { CommandIo } from '../io.ts';

export interface RunLogs {
  readonly programLog: ProgramLog;
  readonly log: ProgramLog['logger'];
  readonly observer: Observer;
  /** More logs that are to be whole when the program has a fault. */
  alsoFlush(flushSync: () => void): void;
  reopen(): void;
  flushSync(): void;
  close(): Promise<void>;
}

/** @throws MutualError `file-unwritable` */
export function openLogs({ log: config, upstreams }: Config, { exit }: Pick<CommandIo, 'exit'>): RunLogs {
  const programLog = createProgramLog(config);
  const log = programLog.logger;
  const { access: accessLogs, redact, refusalsPerSecond } = config;
  const observer = createObserver({ accessLogs, upstreams, redact, refusalsPerSecond, log });
  const others: (() => void)[] = [];
  const flushSync = (): void => {
    observer.flushSync();
    for (const flush of others) flush();
    programLog.flushSync();
  };
  catchCrashes({ log, flushSync, exit: (code) => exit?.(code) });
  return {
    ...{ programLog, log, observer, flushSync },
    alsoFlush: (flush) => others.push(flush),
    reopen() {
      observer.reopen();
      programLog.reopen();
    },
    async close() {
      await observer.close();
      await programLog.close();
    },
  };
}
