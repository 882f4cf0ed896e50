// The signals of a running program, told as what they ask for: SIGTERM, SIGINT and SIGQUIT a drained stop, and a second
// one of them a stop at once; SIGHUP a reload; SIGUSR1 that log files be opened anew.

export interface SignalHandlers {
  drain(signal: NodeJS.Signals): Promise<unknown>;
  stop(signal: NodeJS.Signals): Promise<unknown>;
  reload?(): unknown;
  reopenLogs?(): unknown;
}

/** Resolves when a stop that a signal asked for is done. */
export function untilStopped(handlers: SignalHandlers): Promise<void> {
  return new Promise((resolve, reject) => {
    let stopping = false;
    const end = (signal: NodeJS.Signals): void => {
      const done = stopping ? handlers.stop(signal) : handlers.drain(signal);
      stopping = true;
      done.then(finish, reject);
    };
    const reload = (): void => {
      handlers.reload?.();
    };
    const reopenLogs = (): void => {
      handlers.reopenLogs?.();
    };
    const finish = (): void => {
      for (const signal of stopSignals) process.off(signal, end);
      process.off('SIGHUP', reload).off('SIGUSR1', reopenLogs);
      resolve();
    };
    for (const signal of stopSignals) process.on(signal, end);
    process.on('SIGHUP', reload).on('SIGUSR1', reopenLogs);
  });
}

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;
