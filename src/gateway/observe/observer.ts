// The last stage: what happened is said once. Finished exchanges and refused connections in; access log lines, a line
// of the program's log for each refusal, and counters out. It must never fail a request.

import type { Logger } from 'pino';
import type { AccessLogConfig, UpstreamConfig } from '../../config/schema.ts';
import { messageOf } from '../../errors.ts';
import type { Connection } from '../accept/connection.ts';
import type { ConnectionRefusal } from '../accept/refusal.ts';
import type { Authentication } from '../authenticate/authentication.ts';
import type { Exchange } from '../forward/exchange.ts';
import { type AccessLog, createAccessLog } from './access-log.ts';
import type { Counters } from './counters.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { connectionRefusalFacts, exchangeRefusalFacts, logRefusal } from './refusal-log.ts';
import { createSecondClock } from './second-clock.ts';

export interface ObserverConfig {
  readonly accessLogs: readonly AccessLogConfig[];
  /** For `$proxy_host` in access logs. */
  readonly upstreams?: Readonly<Record<string, UpstreamConfig>>;
}

export interface ObserverOptions extends ObserverConfig {
  readonly log: Logger;
  /** Unix time in milliseconds. Default: the machine's. */
  readonly now?: () => number;
}

export interface Observer {
  readonly counters: Counters;
  /** What is remembered, for the admin listener. */
  readonly recorder: Pick<Recorder, 'observation' | 'subscribe' | 'tick'>;
  connectionOpened(connection: Connection, authentication: Authentication): void;
  connectionClosed(connection: Connection): void;
  exchangeBegun(): void;
  /** `status`, `durationMs` and all the rest of the exchange are final. */
  exchangeFinished(exchange: Exchange): void;
  connectionRefused(refusal: ConnectionRefusal): void;
  /** A reload has taken effect, or was refused and the old configuration stays. */
  reloaded(succeeded: boolean, message?: string): void;
  /** Takes new access logs into use, all or none. @throws MutualError `file-unwritable` */
  configure(config: ObserverConfig): void;
  /** Opens log files anew, after they were renamed. */
  reopen(): void;
  /** Writes what is waiting before it returns. */
  flushSync(): void;
  close(): Promise<void>;
}

/** @throws MutualError `file-unwritable` */
export function createObserver({ log, now = () => Date.now(), ...config }: ObserverOptions): Observer {
  const recorder = createRecorder(now);
  const clock = createSecondClock(now, () => recorder.tick(now()));
  let accessLogs = openAccessLogs(config, log);
  /** Logs that are no longer in use and still have lines to write. */
  const closing = new Set<Promise<void>>();

  /** Whatever goes wrong in here is no reason to fail a request or a connection. */
  const safely = (record: () => void): void => {
    try {
      record();
    } catch (error) {
      log.error({ code: 'internal', err: error }, `not recorded: ${messageOf(error)}`);
    }
  };

  return {
    counters: recorder.counters,
    recorder,
    connectionOpened: (connection, authentication) =>
      safely(() => recorder.connectionOpened(connection, authentication)),
    connectionClosed: (connection) => safely(() => recorder.connectionClosed(connection)),
    exchangeBegun: () => recorder.exchangeBegun(),
    exchangeFinished(exchange) {
      safely(() => recorder.exchangeFinished(exchange));
      try {
        const refusal = exchangeRefusalFacts(exchange);
        if (refusal !== undefined) {
          logRefusal(log, refusal);
        }
        for (const accessLog of accessLogs) accessLog.log(exchange);
      } catch (error) {
        log.error({ code: 'internal', err: error, request_id: exchange.id }, `not logged: ${messageOf(error)}`);
      }
    },
    connectionRefused(refusal) {
      safely(() => recorder.connectionRefused(refusal));
      logRefusal(log, connectionRefusalFacts(refusal));
    },
    reloaded(succeeded, message = '') {
      recorder.reloaded({ atMs: now(), result: succeeded ? 'succeeded' : 'failed', message });
    },
    configure(next) {
      const previous = accessLogs;
      accessLogs = openAccessLogs(next, log);
      for (const accessLog of previous) {
        const end = accessLog.close().finally(() => closing.delete(end));
        closing.add(end);
      }
    },
    reopen() {
      for (const accessLog of accessLogs) accessLog.reopen();
    },
    flushSync() {
      for (const accessLog of accessLogs) accessLog.flushSync();
    },
    async close() {
      clock.close();
      await Promise.all([...closing, ...accessLogs.map((accessLog) => accessLog.close())]);
    },
  };
}

function openAccessLogs({ accessLogs, upstreams = {} }: ObserverConfig, log: Logger): AccessLog[] {
  const onError = (reason: string): void => log.error({ code: 'file-unwritable', reason }, 'access log failed');
  const opened: AccessLog[] = [];
  try {
    for (const config of accessLogs) opened.push(createAccessLog(config, upstreams, onError));
    return opened;
  } catch (error) {
    for (const accessLog of opened) void accessLog.close();
    throw error;
  }
}
