// The signals of a running program, told as what they ask for: SIGTERM, SIGINT and SIGQUIT a drained stop, a second one
// of them a stop at once, and a third the end of the process whatever it is doing; SIGHUP a reload; SIGUSR1 that log
// files be opened anew.

export interface SignalHandlers {
  drain(signal: NodeJS.Signals): Promise<unknown>;
  stop(signal: NodeJS.Signals): Promise<unknown>;
  reload?(): unknown;
  reopenLogs?(): unknown;
}

export interface CaughtSignals {
  /** Obeys from now on; resolves when a stop that a signal asked for is done. Later signals still end nothing by chance. */
  untilStopped(handlers: SignalHandlers): Promise<void>;
}

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;

/** From here on SIGHUP and SIGUSR1 do no harm: a reload that is asked for during the start happens after it. */
export function catchSignals(): CaughtSignals {
  let handlers: SignalHandlers | undefined;
  let reloadWanted = false;
  process.on('SIGHUP', () => {
    if (handlers === undefined) reloadWanted = true;
    else handlers.reload?.();
  });
  process.on('SIGUSR1', () => handlers?.reopenLogs?.());
  return {
    untilStopped(given) {
      handlers = given;
      const stopped = new Promise<void>((resolve, reject) => {
        let asked = 0;
        const end = (signal: NodeJS.Signals): void => {
          asked += 1;
          if (asked > 2) endAtOnce(signal, end);
          else (asked === 1 ? given.drain(signal) : given.stop(signal)).then(() => resolve(), reject);
        };
        // They stay caught to the end: npm passes a Ctrl-C on to us that the terminal has sent us already, and what is
        // written last must not be lost to that.
        for (const signal of stopSignals) process.on(signal, end);
      });
      if (reloadWanted) given.reload?.();
      return stopped;
    },
  };
}

function endAtOnce(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): void {
  process.off(signal, listener);
  process.kill(process.pid, signal);
}
