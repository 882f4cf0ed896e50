// A named upstream of the configuration: a request goes in, a response comes out of one of its servers. Decides which
// server is asked, and whether another one is when that fails; says in the log which servers are up and down.

import dns from 'node:dns';
import type { UpstreamConfig } from '../../../config/schema.ts';
import type { UpstreamCredentials } from '../../../credentials/upstream-credentials.ts';
import { MutualError, messageOf } from '../../../errors.ts';
import type { UpstreamAttempt } from '../exchange.ts';
import { type Attempt, type AttemptEvents, type AttemptFailure, createAttempt } from './attempt.ts';
import { decideNext, isUp, recordFailure, recordSuccess, type ServerState } from './balance.ts';
import type { UpstreamLog } from './log.ts';
import { createLookup, type LookupAll } from './resolve.ts';
import { createServerReport } from './server-report.ts';
import { createUpstreamTls } from './tls-context.ts';
import type { UpstreamRequest } from './upstream-request.ts';
import { createUpstreamServer, type UpstreamServer } from './upstream-server.ts';

export interface Upstream {
  readonly config: UpstreamConfig;
  /**
   * Sends a request to one of the servers. Exactly one of `onResponse`, `onUpgrade` and `onFailure` is called, unless
   * the returned function has aborted the request before; that also ends a response or a tunnel in progress.
   */
  request(request: UpstreamRequest, handler: UpstreamHandler): () => void;
  snapshot(): UpstreamSnapshot;
  /** Nothing unused is kept any more; what is in flight goes on to its end. */
  retire(): void;
  /** Waits for what is in flight, at most `deadlineMs`, then cuts the rest. */
  close(deadlineMs: number): Promise<void>;
}

export interface UpstreamHandler extends Omit<AttemptEvents, 'onFailure'> {
  /** A server is about to be asked. The record is filled in until the attempt is over. */
  onAttempt(record: UpstreamAttempt): void;
  onFailure(error: MutualError): void;
}

export interface UpstreamSnapshot {
  readonly name: string;
  readonly servers: readonly ServerSnapshot[];
}

export interface ServerSnapshot {
  readonly url: string;
  readonly up: boolean;
  readonly backup: boolean;
  readonly inFlight: number;
  readonly idleConnections: number;
  readonly fails: number;
}

export interface UpstreamDependencies {
  /** Undefined where no server is `https`. */
  readonly credentials: UpstreamCredentials | undefined;
  readonly log: UpstreamLog;
  readonly now: () => number;
  readonly monotonic: () => number;
  /** Default: the machine's. */
  readonly lookupAll?: LookupAll;
}

/** @throws MutualError where the TLS library refuses the credentials */
export function createUpstream(config: UpstreamConfig, dependencies: UpstreamDependencies): Upstream {
  const { credentials, log, now, monotonic, lookupAll = lookupOfMachine } = dependencies;
  const tls = config.tls && credentials && createUpstreamTls(config.tls, credentials);
  const lookup = createLookup({
    ttlMs: config.resolveMs,
    now,
    lookupAll,
    onStale: (host, error) =>
      log.warn(
        { upstream: config.name, host },
        `${host} cannot be resolved, its last addresses stand: ${messageOf(error)}`,
      ),
  });
  const servers = new Map<ServerState, UpstreamServer>();
  for (const server of config.servers) {
    const made = createUpstreamServer(server, { upstream: config, tls, lookup, now, monotonic });
    servers.set(made.state, made);
  }
  const states = [...servers.keys()];
  const report = createServerReport(config, log);
  const live = new Set<Attempt>();
  let whenIdle: (() => void) | undefined;

  function request(asked: UpstreamRequest, handler: UpstreamHandler): () => void {
    const tried = new Set<ServerState>();
    let current: Attempt | undefined;

    const next = (): UpstreamServer | undefined => {
      const { balance } = config;
      const state = decideNext(states, { balance, hashKey: asked.hashKey, tried, nowMs: now() });
      return state && servers.get(state);
    };
    const failed = (server: UpstreamServer, fresh: boolean, failure: AttemptFailure): void => {
      const { state } = server;
      if (failure.stale && !fresh && asked.repeatable) {
        attempt(server, true);
        return;
      }
      if (failure.fault === 'server' && !failure.stale) {
        recordFailure(state, now());
        report.failed(state, failure.error, isUp(states, state, now()));
      }
      tried.add(state);
      const again = failure.fault === 'server' && (asked.repeatable || !failure.sent) ? next() : undefined;
      if (again === undefined) handler.onFailure(failure.error);
      else attempt(again, false);
    };
    const attempt = (server: UpstreamServer, fresh: boolean): void => {
      const { name: upstream, bodyIdleTimeoutMs } = config;
      const record: UpstreamAttempt = { upstream, address: addressOf(server), startedAtMs: now(), responseBytes: 0 };
      const answered = (): void => {
        recordSuccess(server.state);
        report.succeeded(server.state);
      };
      const started = createAttempt(
        {
          server,
          request: asked,
          fresh,
          connectTimeoutMs: asked.connectTimeoutMs ?? config.connectTimeoutMs,
          responseTimeoutMs: asked.responseTimeoutMs ?? config.responseTimeoutMs,
          bodyIdleTimeoutMs,
          record,
          now,
          monotonic,
          onOver: () => {
            live.delete(started);
            if (live.size === 0) whenIdle?.();
          },
        },
        {
          onForward: () => handler.onForward(),
          onInformational: (status, rawHeaders) => handler.onInformational(status, rawHeaders),
          onResponse: (response) => {
            answered();
            handler.onResponse(response);
          },
          onUpgrade: (head, socket) => {
            answered();
            handler.onUpgrade(head, socket);
          },
          onFailure: (failure) => failed(server, fresh, failure),
        },
      );
      live.add(started);
      current = started;
      handler.onAttempt(record);
      started.start();
    };

    const first = next();
    if (first === undefined) handler.onFailure(unavailable());
    else attempt(first, false);
    return () => current?.abort();
  }

  function unavailable(): MutualError {
    const out = states.filter((state) => !isUp(states, state, now())).length;
    const busy = states.length - out;
    return new MutualError(
      'upstream-unavailable',
      `no server of upstream ${config.name} can take the request: ${out} out after failures, ${busy} with as many connections as they may have`,
    );
  }

  return {
    config,
    request,
    snapshot: () => ({
      name: config.name,
      servers: [...servers.values()].map(({ state, idleConnections }) => ({
        url: state.server.url,
        up: isUp(states, state, now()),
        backup: state.server.backup,
        inFlight: state.inFlight,
        idleConnections,
        fails: state.fails,
      })),
    }),
    retire,
    async close(deadlineMs) {
      retire();
      if (live.size > 0 && deadlineMs > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, deadlineMs);
          whenIdle = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      for (const attempt of [...live]) attempt.abort();
      for (const server of servers.values()) server.destroy();
    },
  };

  function retire(): void {
    for (const server of servers.values()) server.retire();
  }
}

function addressOf({ config }: UpstreamServer): string {
  if (config.kind === 'unix') return `unix:${config.socketPath}`;
  return `${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}`;
}

const lookupOfMachine: LookupAll = (host, callback) => dns.lookup(host, { all: true }, callback);
