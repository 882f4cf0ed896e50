// One server of an upstream: its open connections, used and unused, and how it has been doing. Hands out a connection
// for one request at a time and takes it back; never shares one between two requests.

import { isIP, type LookupFunction } from 'node:net';
import type { UpstreamConfig, UpstreamServerConfig } from '../../../config/schema.ts';
import type { MutualError } from '../../../errors.ts';
import type { Timeouts } from '../timeouts.ts';
import { type ServerState, serverStateOf } from './balance.ts';
import { connect } from './connect.ts';
import type { Link } from './link.ts';
import type { UpstreamTls } from './tls-context.ts';

export interface UpstreamServer {
  readonly config: UpstreamServerConfig;
  /** `host:port`, or `unix:` and a path. */
  readonly address: string;
  readonly tls: UpstreamTls | undefined;
  /** For the balancer. */
  readonly state: ServerState;
  readonly idleConnections: number;
  /** An unused connection for the express lane, which its Link listens to; undefined where there is none. */
  takeIdle(): Link | undefined;
  /**
   * Hands out a connection that nobody listens to, an unused one if there is one and `fresh` does not forbid it: at once
   * then, before this returns. The returned function gives up waiting. A link that was handed out comes back by
   * `release` or by being closed.
   */
  acquire(
    options: AcquireOptions,
    done: (failure: MutualError | undefined, link: Link | undefined) => void,
  ): () => void;
  /** Takes back a connection on which nothing is under way any more. */
  release(link: Link): void;
  /** No connection is kept unused from now on; those in use are closed when they come back. */
  retire(): void;
  /** Closes everything at once. */
  destroy(): void;
}

export interface AcquireOptions {
  readonly fresh: boolean;
  readonly timeoutMs: number;
  /** For the express lane: a fresh connection may be volatile, its bytes read into this. */
  readonly readInto?: Buffer;
}

export interface UpstreamServerDependencies {
  readonly upstream: UpstreamConfig;
  readonly tls: UpstreamTls | undefined;
  readonly lookup: LookupFunction;
  /** For unused connections. */
  readonly timeouts: Timeouts;
  readonly now: () => number;
  readonly monotonic: () => number;
}

/** More unused connections than this are not kept, however many there have been at once. */
const maxIdle = 256;

export function createUpstreamServer(
  config: UpstreamServerConfig,
  { upstream, tls, lookup, timeouts, now, monotonic }: UpstreamServerDependencies,
): UpstreamServer {
  const own = config.protocol === 'https' ? tls : undefined;
  // Of a name the address may change: a connection is not used for longer than its answer is believed.
  const named = config.kind === 'tcp' && isIP(config.host) === 0;
  const maxAgeMs = named ? upstream.resolveMs : Number.POSITIVE_INFINITY;
  const all = new Set<Link>();
  // The one used last is used next, so that those too many grow old and go.
  const idle: Link[] = [];
  const volatile: Link[] = [];
  let retired = false;

  function takeIdle(kept: Link[]): Link | undefined {
    for (let link = kept.pop(); link !== undefined; link = kept.pop()) {
      timeouts.stop(link);
      if (isUsable(link) && (!named || now() - link.openedAtMs <= maxAgeMs)) return link;
      link.socket.destroy();
    }
    return undefined;
  }

  function acquire(
    { fresh, timeoutMs, readInto }: AcquireOptions,
    done: (failure: MutualError | undefined, link: Link | undefined) => void,
  ): () => void {
    const known = fresh ? undefined : takeIdle(idle);
    if (known !== undefined) {
      known.stopListening();
      done(undefined, known);
      return () => {};
    }
    const { idleTimeoutMs } = upstream;
    const how = { server: config, tls: own, lookup, timeoutMs, idleTimeoutMs, readInto, now, monotonic };
    return connect(how, (failure, link) => {
      if (link === undefined) return done(failure, undefined);
      all.add(link);
      link.socket.once('close', () => forget(link));
      done(undefined, link);
    });
  }

  function release(link: Link): void {
    link.onError = undefined;
    link.user = undefined;
    const kept = link.isVolatile ? volatile : idle;
    if (retired || !isUsable(link) || link.idleTimeoutMs <= 0 || kept.length >= maxIdle) {
      link.socket.destroy();
      return;
    }
    link.listen();
    if (link.socket.isPaused()) link.socket.resume();
    timeouts.start(link, link.idleTimeoutMs);
    kept.push(link);
  }

  function forget(link: Link): void {
    timeouts.stop(link);
    all.delete(link);
    const kept = link.isVolatile ? volatile : idle;
    const at = kept.indexOf(link);
    if (at !== -1) kept.splice(at, 1);
  }

  function retire(): void {
    retired = true;
    for (const { socket } of [...idle.splice(0), ...volatile.splice(0)]) socket.destroy();
  }

  return {
    config,
    address: addressOf(config),
    tls: own,
    state: serverStateOf(config),
    get idleConnections() {
      return idle.length + volatile.length;
    },
    takeIdle: () => takeIdle(own === undefined ? volatile : idle),
    acquire,
    release,
    retire,
    destroy() {
      retire();
      for (const { socket } of all) socket.destroy();
    },
  };
}

function addressOf(config: UpstreamServerConfig): string {
  if (config.kind === 'unix') return `unix:${config.socketPath}`;
  return `${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}`;
}

function isUsable({ socket, error }: Link): boolean {
  return error === undefined && !socket.destroyed && socket.writable && socket.readable && socket.readableLength === 0;
}
