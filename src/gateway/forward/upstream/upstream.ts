// A named upstream of the configuration: its servers, their connections and how they have been doing. A request goes in,
// a response comes out of one of them (delivery.ts decides of which); what is up and down is said in the log.

import dns from 'node:dns';
import type { UpstreamConfig } from '../../../config/schema.ts';
import type { UpstreamCredentials } from '../../../credentials/upstream-credentials.ts';
import { messageOf } from '../../../errors.ts';
import { createTimeouts, type Timeouts } from '../timeouts.ts';
import type { Ask } from './ask.ts';
import { createAttempt } from './attempt.ts';
import { isUp, type ServerState } from './balance.ts';
import { Delivery, type DeliveryHandler, DeliveryRing, type Executor, type ServerGroup } from './delivery.ts';
import type { UpstreamLog } from './log.ts';
import { createLookup, type LookupAll } from './resolve.ts';
import { createServerReport } from './server-report.ts';
import { createUpstreamTls } from './tls-context.ts';
import type { UpstreamRequest, UpstreamResponse } from './upstream-request.ts';
import { createUpstreamServer, type UpstreamServer } from './upstream-server.ts';

export interface Upstream {
  readonly config: UpstreamConfig;
  /** For its connections. */
  readonly timeouts: Timeouts;
  /**
   * Sends a request to one of the servers. Exactly one of `onResponse`, `onUpgrade` and `onFailure` is called, unless
   * the returned function has aborted the request before; that also ends a response or a tunnel in progress.
   */
  request(request: UpstreamRequest, handler: UpstreamHandler): () => void;
  /** The same by another executor: what is returned has yet to be begun, and can be aborted. */
  deliver<Response>(ask: Ask, executor: Executor<Response>, handler: DeliveryHandler<Response>): Delivery<Response>;
  snapshot(): UpstreamSnapshot;
  /** Nothing unused is kept any more; what is in flight goes on to its end. */
  retire(): void;
  /** Waits for what is in flight, at most `deadlineMs`, then cuts the rest. */
  close(deadlineMs: number): Promise<void>;
}

export type UpstreamHandler = DeliveryHandler<UpstreamResponse>;

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
  const timeouts = createTimeouts(monotonic);
  const servers = new Map<ServerState, UpstreamServer>();
  for (const server of config.servers) {
    const made = createUpstreamServer(server, { upstream: config, tls, lookup, timeouts, now, monotonic });
    servers.set(made.state, made);
  }
  const states = [...servers.keys()];
  const report = createServerReport(config, log);
  const live = new DeliveryRing();
  let whenIdle: (() => void) | undefined;
  const group: ServerGroup = {
    config,
    states,
    servers,
    report,
    now,
    monotonic,
    live,
    onIdle: () => whenIdle?.(),
  };

  function deliver<Response>(ask: Ask, executor: Executor<Response>, handler: DeliveryHandler<Response>) {
    return new Delivery(group, ask, executor, handler);
  }

  function request(asked: UpstreamRequest, handler: UpstreamHandler): () => void {
    const executor: Executor<UpstreamResponse> = {
      attempt: (options, events) => createAttempt(asked, options, events),
    };
    const delivery = deliver(asked, executor, handler);
    delivery.begin();
    return () => delivery.abort();
  }

  return {
    config,
    timeouts,
    request,
    deliver,
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
      if (!live.isEmpty && deadlineMs > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, deadlineMs);
          whenIdle = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      while (!live.isEmpty) live.next.abort();
      for (const server of servers.values()) server.destroy();
      timeouts.close();
    },
  };

  function retire(): void {
    for (const server of servers.values()) server.retire();
  }
}

const lookupOfMachine: LookupAll = (host, callback) => dns.lookup(host, { all: true }, callback);
