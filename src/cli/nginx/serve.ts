// Serves from an nginx file until a signal ends it: log, addresses, number of the process, user, in nginx's order.
// Nothing is printed while it serves.

import { setTimeout as pause } from 'node:timers/promises';
import { MutualError, messageOf } from '../../errors.ts';
import { type RunningGateway, startGateway } from '../../gateway/lifecycle.ts';
import { createObserver, type Observer } from '../../gateway/observe/observer.ts';
import type { LoadedNginx } from '../../nginx/load-nginx.ts';
import { NginxFault, type NginxMessage } from '../../nginx/nginx-fault.ts';
import { bindFault } from './bind-fault.ts';
import { daemonReady } from './daemon.ts';
import { createErrorLog, type ErrorLog } from './error-log.ts';
import { removePidFile, writePidFile } from './pid-file.ts';
import { nginxSignals } from './serve-signals.ts';
import { changeUser } from './user.ts';

export interface ServeOptions {
  readonly loaded: LoadedNginx;
  /** Asked when the configuration is to be read again; warnings are told. @throws NginxFault, MutualError */
  readonly reload: (tell: (message: NginxMessage) => void) => Promise<LoadedNginx>;
  /** Tells by way of a log, and whoever has started the process. */
  readonly teller: (log: ErrorLog) => (message: NginxMessage) => void;
  /** `1.28.0`, for the log. */
  readonly version: string;
}

/** nginx asks for an address five times before it gives up, for the process before it may be ending. */
const bindTries = 5;
const bindPauseMs = 500;

/** Returns the exit code. @throws NginxFault where it cannot start */
export async function serve({ loaded, reload, version, teller }: ServeOptions): Promise<number> {
  const signals = nginxSignals();
  const errorLog = createErrorLog(loaded.process.errorLogs);
  const { logger } = errorLog;
  for (const { level, text } of loaded.notes) errorLog.write(level, text);
  let next = loaded;
  const observer = createObserver({ accessLogs: [], log: logger });
  let pidFile = '';
  try {
    const gateway = await start(loaded, () => next.config, errorLog, observer, teller(errorLog));

    pidFile = loaded.process.pidFile;
    if (pidFile !== '') writePidFile(pidFile, ownPid());
    changeUser(loaded.process, (text) => errorLog.write('alert', text));
    errorLog.write('notice', 'using the "epoll" event method');
    errorLog.write('notice', `nginx/${version}`);
    errorLog.write('notice', 'start worker processes');
    daemonReady();
    await signals.untilStopped({
      told: (text) => errorLog.write('notice', text),
      quit: async () => gateway?.drain(),
      stop: async () => gateway?.stop(),
      reopen() {
        errorLog.write('notice', 'reopening logs');
        errorLog.reopen();
        observer.reopen();
        gateway?.reopenLogs();
      },
      async reload() {
        errorLog.write('notice', 'reconfiguring');
        try {
          next = await reload(({ level, text }) => errorLog.write(level, text));
          if (gateway === undefined || !(await gateway.reload())) return;
          errorLog.use(next.process.errorLogs);
          pidFile = movePidFile(pidFile, next.process.pidFile);
        } catch (error) {
          errorLog.write(error instanceof NginxFault ? error.level : 'emerg', messageOf(error));
        }
      },
    });
    errorLog.write('notice', 'exit');
    return 0;
  } finally {
    const fault = pidFile === '' ? undefined : removePidFile(pidFile);
    if (fault !== undefined) errorLog.write('alert', fault);
    await observer.close();
    errorLog.close();
  }
}

async function start(
  { config }: LoadedNginx,
  next: () => LoadedNginx['config'],
  errorLog: ErrorLog,
  observer: Observer,
  tell: (message: NginxMessage) => void,
): Promise<RunningGateway | undefined> {
  if (config === undefined) return undefined;
  for (let tries = 1; ; tries += 1) {
    try {
      return await startGateway({
        config,
        loadConfig: () => next() ?? config,
        log: errorLog.logger,
        observer,
        now: () => Date.now(),
        monotonic: () => performance.now(),
      });
    } catch (error) {
      const isTaken = error instanceof MutualError && error.code === 'address-in-use';
      const fault = asBindFault(error);
      if (!isTaken) throw fault ?? error;
      tell({ level: 'emerg', text: fault?.message ?? messageOf(error) });
      if (tries === bindTries) throw new NginxFault('still could not bind()');
      await pause(bindPauseMs);
    }
  }
}

/** What nginx says of an address that cannot be listened on. */
function asBindFault(error: unknown): NginxFault | undefined {
  if (!(error instanceof MutualError)) return undefined;
  if (error.code !== 'address-in-use' && error.code !== 'address-unavailable') return undefined;
  const { address = '', port = -1 } = (error.cause ?? {}) as { address?: string; port?: number };
  const key = port < 0 ? `unix:${address}` : `${address.includes(':') ? `[${address}]` : address}:${port}`;
  return bindFault(key, error.cause);
}

function movePidFile(before: string, after: string): string {
  if (after === before || after === '') return before;
  writePidFile(after, ownPid());
  if (before !== '') removePidFile(before);
  return after;
}

/** The process that was started: where an older Node.js has started this one in its place, that one. */
function ownPid(): number {
  const starter = Number(process.env.MUTUAL_STARTED_BY ?? 0);
  return starter > 0 && starter === process.ppid ? starter : process.pid;
}
