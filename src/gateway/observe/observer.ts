// The last stage: what happened is said once. Finished exchanges and refused connections in; access log lines, a line
// of the program's log for each refusal, and counters out. It must never fail a request.

import type { Logger } from 'pino';
import type { AccessLogConfig, RedactConfig, UpstreamConfig } from '../../config/schema.ts';
import { type ErrorCode, messageOf } from '../../errors.ts';
import type { Connection } from '../accept/connection.ts';
import type { ConnectionRefusal } from '../accept/refusal.ts';
import type { Authentication } from '../authenticate/authentication.ts';
import type { Exchange } from '../forward/exchange.ts';
import { refusalCode } from '../forward/variables/response.ts';
import { type AccessLog, createAccessLog } from './access-log.ts';
import type { Counters } from './counters.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { createRedaction } from './redact.ts';
import { createRefusalLimiter } from './refusal-limiter.ts';
import {
  connectionRefusalFacts,
  exchangeRefusalFacts,
  logMoreRefusals,
  logRefusal,
  refusalLevel,
} from './refusal-log.ts';
import { createSecondClock } from './second-clock.ts';
import type { Traffic } from './traffic.ts';

export interface ObserverConfig {
  readonly accessLogs: readonly AccessLogConfig[];
  /** For `$proxy_host` in access logs. */
  readonly upstreams?: Readonly<Record<string, UpstreamConfig>>;
  /** Beside what is known to be secret. */
  readonly redact?: RedactConfig;
  /** Lines about refusals of one code: enough to see who and why. Default 0: no limit. */
  readonly refusalsPerSecond?: number;
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
  /** Of servers that write logs of their own. */
  readonly traffic: Traffic;
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
  let refusalsPerSecond = config.refusalsPerSecond ?? 0;
  const limiter = createRefusalLimiter({
    perSecond: () => refusalsPerSecond,
    onMore: (code, count) => logMoreRefusals(log, code, count),
  });
  let redaction = createRedaction(config.redact);
  let accessLogs = openAccessLogs(config, log);
  /** Logs that are no longer in use and still have lines to write. */
  const closing = new Set<Promise<void>>();

  /** Whether a refusal has a line of its own: one that costs nothing where the line would not be written. */
  const isTold = (code: ErrorCode): boolean => log.isLevelEnabled(refusalLevel(code)) && limiter.admit(code);

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
    traffic: {
      opened: (...facts) => safely(() => recorder.traffic.opened(...facts)),
      closed: (connection) => safely(() => recorder.traffic.closed(connection)),
      refused: (refusal) => safely(() => recorder.traffic.refused(refusal)),
      begun: () => recorder.traffic.begun(),
      finished: (request) => safely(() => recorder.traffic.finished(request)),
    },
    connectionOpened: (connection, authentication) =>
      safely(() => recorder.connectionOpened(connection, authentication)),
    connectionClosed: (connection) => safely(() => recorder.connectionClosed(connection)),
    exchangeBegun: () => recorder.exchangeBegun(),
    exchangeFinished(exchange) {
      safely(() => recorder.exchangeFinished(exchange));
      try {
        const code = refusalCode(exchange);
        if (code !== undefined) {
          const refusal = isTold(code) ? exchangeRefusalFacts(exchange) : undefined;
          if (refusal !== undefined) logRefusal(log, refusal, redaction);
        }
        for (const accessLog of accessLogs) accessLog.log(exchange);
      } catch (error) {
        log.error({ code: 'internal', err: error, request_id: exchange.id }, `not logged: ${messageOf(error)}`);
      }
    },
    connectionRefused(refusal) {
      safely(() => recorder.connectionRefused(refusal));
      if (isTold(refusal.code)) logRefusal(log, connectionRefusalFacts(refusal), redaction);
    },
    reloaded(succeeded, message = '') {
      recorder.reloaded({ atMs: now(), result: succeeded ? 'succeeded' : 'failed', message });
    },
    configure(next) {
      const previous = accessLogs;
      accessLogs = openAccessLogs(next, log);
      redaction = createRedaction(next.redact);
      refusalsPerSecond = next.refusalsPerSecond ?? 0;
      for (const accessLog of previous) {
        const end = accessLog.close().finally(() => closing.delete(end));
        closing.add(end);
      }
    },
    reopen() {
      for (const accessLog of accessLogs) accessLog.reopen();
    },
    flushSync() {
      limiter.flush();
      for (const accessLog of accessLogs) accessLog.flushSync();
    },
    async close() {
      clock.close();
      limiter.flush();
      await Promise.all([...closing, ...accessLogs.map((accessLog) => accessLog.close())]);
    },
  };
}

function openAccessLogs({ accessLogs, upstreams = {}, redact }: ObserverConfig, log: Logger): AccessLog[] {
  const options = { upstreams, redaction: createRedaction(redact) };
  const onError = (reason: string): void => log.error({ code: 'file-unwritable', reason }, 'access log failed');
  const opened: AccessLog[] = [];
  try {
    for (const config of accessLogs) opened.push(createAccessLog(config, options, onError));
    return opened;
  } catch (error) {
    for (const accessLog of opened) void accessLog.close();
    throw error;
  }
}
