// Serves from an nginx file until a signal ends it: log, addresses, number of the process, user, in nginx's order.
// Nothing is printed while it serves.

import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../../config/schema.ts';
import { MutualError, messageOf } from '../../errors.ts';
import { type HttpServers, startHttpServers } from '../../gateway/http/http-servers.ts';
import type { LoadedNginx } from '../../nginx/load-nginx.ts';
import { NginxFault, type NginxMessage } from '../../nginx/nginx-fault.ts';
import { bindFault } from './bind-fault.ts';
import { daemonReady } from './daemon.ts';
import { createErrorLog, type ErrorLog } from './error-log.ts';
import { catchFaults } from './last-words.ts';
import { removePidFile, writePidFile } from './pid-file.ts';
import { nginxSignals } from './serve-signals.ts';
import { changeUser } from './user.ts';

export interface ServeOptions {
  readonly loaded: LoadedNginx;
  /** Asked when the configuration is to be read again; warnings are told. @throws NginxFault, MutualError */
  readonly reload: (tell: (message: NginxMessage) => void) => Promise<LoadedNginx>;
  /** Tells by way of a log, and whoever has started the process. */
  readonly teller: (log: ErrorLog) => (message: NginxMessage) => void;
  /** Ends the process, where it has a fault. */
  readonly exit: (code: number) => void;
  /** `1.28.0`, for the log. */
  readonly version: string;
}

/** nginx asks for an address five times before it gives up, for the process before it may be ending. */
const bindTries = 5;
const bindPauseMs = 500;

/** Returns the exit code. @throws NginxFault where it cannot start */
export async function serve({ loaded, reload, version, teller, exit }: ServeOptions): Promise<number> {
  const signals = nginxSignals();
  const errorLog = createErrorLog(loaded.process.errorLogs);
  const tell = ({ level, text }: NginxMessage): void => errorLog.write(level, text);
  for (const note of loaded.notes) tell(note);
  let { config } = loaded;
  let pidFile = '';
  let flushLogs = (): void => {};
  catchFaults({
    ...{ errorLog, exit },
    cleanUp() {
      if (pidFile !== '') removePidFile(pidFile);
      flushLogs();
    },
  });
  try {
    const servers = await start(config, errorLog, teller(errorLog));
    flushLogs = servers.flushLogs;
    pidFile = loaded.process.pidFile;
    if (pidFile !== '') writePidFile(pidFile, ownPid());
    changeUser(loaded.process, (text) => errorLog.write('alert', text));
    errorLog.write('notice', 'using the "epoll" event method');
    errorLog.write('notice', `nginx/${version}`);
    errorLog.write('notice', 'start worker processes');
    daemonReady();
    await signals.untilStopped({
      told: (text) => errorLog.write('notice', text),
      quit: () => quit(servers, config?.limits.drainTimeoutMs),
      stop: () => servers.stop(),
      reopen() {
        errorLog.write('notice', 'reopening logs');
        errorLog.reopen();
        servers.reopenLogs();
      },
      async reload() {
        errorLog.write('notice', 'reconfiguring');
        try {
          const next = await reload(tell);
          await servers.reload(next.config?.http);
          config = next.config;
          for (const note of next.notes) tell(note);
          errorLog.use(next.process.errorLogs);
          pidFile = movePidFile(pidFile, next.process.pidFile);
          errorLog.write('notice', 'reconfigured');
        } catch (error) {
          const fault = asBindFault(error) ?? error;
          errorLog.write(fault instanceof NginxFault ? fault.level : 'emerg', messageOf(fault));
        }
      },
    });
    errorLog.write('notice', 'exit');
    return 0;
  } finally {
    const fault = pidFile === '' ? undefined : removePidFile(pidFile);
    if (fault !== undefined) errorLog.write('alert', fault);
    errorLog.close();
  }
}

async function start(
  config: Config | undefined,
  errorLog: ErrorLog,
  tell: (message: NginxMessage) => void,
): Promise<HttpServers> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startHttpServers(config?.http, {
        onLogError: (reason) => errorLog.write('alert', reason),
        now: () => Date.now(),
        monotonic: () => performance.now(),
      });
    } catch (error) {
      const fault = asBindFault(error);
      if (!(error instanceof MutualError && error.code === 'address-in-use')) throw fault ?? error;
      tell({ level: 'emerg', text: messageOf(fault ?? error) });
      if (tries === bindTries) throw new NginxFault('still could not bind()');
      await pause(bindPauseMs);
    }
  }
}

/** What is in flight is waited for as long as `worker_shutdown_timeout` says. */
async function quit(servers: HttpServers, timeoutMs = 0): Promise<void> {
  const over = new AbortController();
  await Promise.race([servers.drain(), pause(timeoutMs, undefined, { signal: over.signal }).catch(() => {})]);
  over.abort();
  await servers.stop();
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
