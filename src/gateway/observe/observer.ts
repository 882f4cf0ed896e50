// The last stage: what happened is said once. Finished exchanges and refused connections in; access log lines, a line
// of the program's log for each refusal, and counters out. It must never fail a request.

import type { Logger } from 'pino';
import type { AccessLogConfig, UpstreamConfig } from '../../config/schema.ts';
import { messageOf } from '../../errors.ts';
import type { ConnectionRefusal } from '../accept/refusal.ts';
import type { Exchange } from '../forward/exchange.ts';
import { type AccessLog, createAccessLog } from './access-log.ts';
import { type Counters, createCounters } from './counters.ts';
import { connectionRefusalFacts, exchangeRefusalFacts, logRefusal } from './refusal-log.ts';

export interface ObserverConfig {
  readonly accessLogs: readonly AccessLogConfig[];
  /** For `$proxy_host` in access logs. */
  readonly upstreams?: Readonly<Record<string, UpstreamConfig>>;
}

export interface ObserverOptions extends ObserverConfig {
  readonly log: Logger;
}

export interface Observer {
  readonly counters: Counters;
  /** `status`, `durationMs` and all the rest of the exchange are final. */
  exchangeFinished(exchange: Exchange): void;
  connectionRefused(refusal: ConnectionRefusal): void;
  /** A reload has taken effect, or was refused and the old configuration stays. */
  reloaded(succeeded: boolean): void;
  /** Takes new access logs into use, all or none. @throws MutualError `file-unwritable` */
  configure(config: ObserverConfig): void;
  /** Opens log files anew, after they were renamed. */
  reopen(): void;
  /** Writes what is waiting before it returns. */
  flushSync(): void;
  close(): Promise<void>;
}

/** @throws MutualError `file-unwritable` */
export function createObserver({ log, ...config }: ObserverOptions): Observer {
  const counters = createCounters();
  let accessLogs = openAccessLogs(config, log);
  /** Logs that are no longer in use and still have lines to write. */
  const closing = new Set<Promise<void>>();

  return {
    counters,
    exchangeFinished(exchange) {
      counters.requestFinished(exchange.status, exchange.requestBodyBytes, exchange.responseBodyBytes);
      try {
        const refusal = exchangeRefusalFacts(exchange);
        if (refusal !== undefined) {
          counters.requestRefused(refusal.code);
          logRefusal(log, refusal);
        }
        for (const accessLog of accessLogs) accessLog.log(exchange);
      } catch (error) {
        log.error({ code: 'internal', err: error, request_id: exchange.id }, `not logged: ${messageOf(error)}`);
      }
    },
    connectionRefused(refusal) {
      counters.connectionRefused(refusal.code);
      logRefusal(log, connectionRefusalFacts(refusal));
    },
    reloaded: counters.reloaded,
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
