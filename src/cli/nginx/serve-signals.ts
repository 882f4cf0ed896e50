// nginx's signals: TERM and INT end at once, QUIT when what is in flight is done, HUP reads the configuration again, USR1
// opens the logs anew. They are caught from the first moment, and what comes during the start is done after it.

export interface NginxSignalHandlers {
  /** What is being done, for the log. */
  told(text: string): void;
  quit(): Promise<unknown>;
  stop(): Promise<unknown>;
  reopen(): void;
  reload(): Promise<unknown>;
}

export interface NginxSignals {
  /** Resolves when it has been stopped. */
  untilStopped(handlers: NginxSignalHandlers): Promise<void>;
}

const numbers = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGUSR1: 10, SIGTERM: 15 } as const;
type Caught = keyof typeof numbers;

const doings: Readonly<Record<Caught, string>> = {
  SIGHUP: 'reconfiguring',
  SIGINT: 'exiting',
  SIGQUIT: 'shutting down',
  SIGUSR1: 'reopening logs',
  SIGTERM: 'exiting',
};

export function nginxSignals(): NginxSignals {
  let obey: ((signal: Caught) => void) | undefined;
  const early: Caught[] = [];
  const names = Object.keys(numbers) as Caught[];
  for (const name of names) {
    process.on(name, () => {
      if (obey === undefined) early.push(name);
      else obey(name);
    });
  }
  for (const ignored of ['SIGUSR2', 'SIGWINCH'] as const) process.on(ignored, () => {});
  return {
    untilStopped(handlers) {
      // A file without servers is served, too: nothing else may hold the process.
      const alive = setInterval(() => {}, 1 << 30);
      return new Promise<void>((resolve, reject) => {
        let reloading: Promise<unknown> = Promise.resolve();
        obey = (signal) => {
          handlers.told(`signal ${numbers[signal]} (${signal}) received, ${doings[signal]}`);
          switch (signal) {
            case 'SIGTERM':
            case 'SIGINT':
              handlers.stop().then(() => resolve(), reject);
              return;
            case 'SIGQUIT':
              handlers.quit().then(() => resolve(), reject);
              return;
            case 'SIGUSR1':
              handlers.reopen();
              return;
            case 'SIGHUP':
              reloading = reloading.then(() => handlers.reload());
          }
        };
        for (const signal of early.splice(0)) obey(signal);
      }).finally(() => clearInterval(alive));
    },
  };
}
