// How often things happened in one process since it started, as a plain value that can be sent to another process; and
// the sum of several of them. Pure.

import type { ErrorCode } from '../../errors.ts';
import { addHistograms, type HistogramSnapshot } from './durations.ts';
import { type StatusClass, statusClassOf } from './status-label.ts';

export interface CounterSnapshot {
  readonly connections: { readonly opened: number; readonly closed: number; readonly refused: number };
  /** Finished exchanges by the status that the client was sent; `none`: it went away before. */
  readonly requests: Readonly<Record<StatusClass, number>>;
  readonly requestsInFlight: number;
  /** Of connections and requests; codes that did not occur are absent. */
  readonly refusals: Readonly<Partial<Record<ErrorCode, number>>>;
  readonly requestBodyBytes: number;
  readonly responseBodyBytes: number;
  readonly reloads: { readonly succeeded: number; readonly failed: number };
  readonly routes: readonly RouteCounts[];
  readonly servers: readonly ServerCounts[];
  readonly handshakes: readonly HandshakeCount[];
  readonly upstreams: readonly UpstreamCounts[];
}

/** Of a server and a route; `route` is empty where a request was refused before it had one. */
export interface RouteCounts {
  readonly server: string;
  readonly route: string;
  readonly requests: readonly { readonly lane: string; readonly code: string; readonly count: number }[];
  /** Refused for who the client is, or is not. */
  readonly denials: number;
  readonly duration: HistogramSnapshot;
  readonly requestBodyBytes: number;
  readonly responseBodyBytes: number;
}

export interface ServerCounts {
  /** Name of the server block; for one without TLS its listening address. */
  readonly server: string;
  readonly isTls: boolean;
  readonly opened: number;
  readonly closed: number;
  /** Refused connections. */
  readonly refused: number;
  /** Refusals of connections for TLS or the certificate. */
  readonly tlsRefusals: readonly { readonly reason: string; readonly count: number }[];
  /** Refused connections, refused and failed requests. */
  readonly refusals: readonly { readonly code: ErrorCode; readonly count: number; readonly lastAtMs: number }[];
}

export interface HandshakeCount {
  readonly result: 'accepted' | 'refused' | 'failed';
  readonly version: string;
  readonly resumed: boolean;
  readonly count: number;
}

export interface UpstreamCounts {
  readonly upstream: string;
  readonly address: string;
  readonly answered: number;
  readonly failed: number;
  /** Of the attempts that were answered: from the choice of the server to the end of its response. */
  readonly duration: HistogramSnapshot;
  readonly lastAnswerAtMs: number | null;
  readonly lastError: { readonly atMs: number; readonly code: ErrorCode; readonly text: string } | null;
}

/** The sums over processes; series of one name are one. Nothing at all is the sum of none. */
export function sumOf(snapshots: readonly CounterSnapshot[]): CounterSnapshot {
  const sum = (read: (one: CounterSnapshot) => number): number => total(snapshots, read);
  const routes = combine(
    snapshots.flatMap((one) => one.routes),
    ({ server, route }) => `${server}\0${route}`,
    addRoutes,
  );
  const servers = combine(
    snapshots.flatMap((one) => one.servers),
    ({ server }) => server,
    addServers,
  );
  return {
    connections: {
      opened: sum(({ connections }) => connections.opened),
      closed: sum(({ connections }) => connections.closed),
      refused: sum(({ connections }) => connections.refused),
    },
    requests: requestsByClass(routes),
    requestsInFlight: sum(({ requestsInFlight }) => requestsInFlight),
    refusals: refusalsByCode(servers),
    requestBodyBytes: total(routes, ({ requestBodyBytes }) => requestBodyBytes),
    responseBodyBytes: total(routes, ({ responseBodyBytes }) => responseBodyBytes),
    // One reload of the program is one of every process; one that was started since has seen fewer.
    reloads: {
      succeeded: Math.max(0, ...snapshots.map(({ reloads }) => reloads.succeeded)),
      failed: Math.max(0, ...snapshots.map(({ reloads }) => reloads.failed)),
    },
    routes,
    servers,
    handshakes: combine(
      snapshots.flatMap((one) => one.handshakes),
      ({ result, version, resumed }) => `${result} ${version} ${resumed}`,
      addCounts,
    ),
    upstreams: combine(
      snapshots.flatMap((one) => one.upstreams),
      ({ upstream, address }) => `${upstream}\0${address}`,
      addUpstreams,
    ),
  };
}

export function requestsByClass(routes: readonly RouteCounts[]): Record<StatusClass, number> {
  const byClass: Record<StatusClass, number> = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, none: 0 };
  for (const { requests } of routes) for (const { code, count } of requests) byClass[statusClassOf(code)] += count;
  return byClass;
}

export function refusalsByCode(servers: readonly ServerCounts[]): Partial<Record<ErrorCode, number>> {
  const byCode: Partial<Record<ErrorCode, number>> = {};
  for (const { refusals } of servers) {
    for (const { code, count } of refusals) byCode[code] = (byCode[code] ?? 0) + count;
  }
  return byCode;
}

export function total<T>(values: readonly T[], read: (value: T) => number): number {
  return values.reduce((sum, value) => sum + read(value), 0);
}

function addRoutes(a: RouteCounts, b: RouteCounts): RouteCounts {
  return {
    server: a.server,
    route: a.route,
    requests: combine([...a.requests, ...b.requests], ({ lane, code }) => `${lane} ${code}`, addCounts),
    denials: a.denials + b.denials,
    duration: addHistograms(a.duration, b.duration),
    requestBodyBytes: a.requestBodyBytes + b.requestBodyBytes,
    responseBodyBytes: a.responseBodyBytes + b.responseBodyBytes,
  };
}

function addServers(a: ServerCounts, b: ServerCounts): ServerCounts {
  return {
    server: a.server,
    isTls: a.isTls || b.isTls,
    opened: a.opened + b.opened,
    closed: a.closed + b.closed,
    refused: a.refused + b.refused,
    tlsRefusals: combine([...a.tlsRefusals, ...b.tlsRefusals], ({ reason }) => reason, addCounts),
    refusals: combine(
      [...a.refusals, ...b.refusals],
      ({ code }) => code,
      (x, y) => ({
        code: x.code,
        count: x.count + y.count,
        lastAtMs: Math.max(x.lastAtMs, y.lastAtMs),
      }),
    ),
  };
}

function addUpstreams(a: UpstreamCounts, b: UpstreamCounts): UpstreamCounts {
  return {
    upstream: a.upstream,
    address: a.address,
    answered: a.answered + b.answered,
    failed: a.failed + b.failed,
    duration: addHistograms(a.duration, b.duration),
    lastAnswerAtMs: later(a.lastAnswerAtMs, b.lastAnswerAtMs),
    lastError: (a.lastError?.atMs ?? 0) >= (b.lastError?.atMs ?? 0) ? a.lastError : b.lastError,
  };
}

function later(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

function addCounts<T extends { readonly count: number }>(a: T, b: T): T {
  return { ...a, count: a.count + b.count };
}

/** Makes one of those with equal keys; the order is that of the first of each. */
function combine<T>(values: readonly T[], keyOf: (value: T) => string, add: (a: T, b: T) => T): T[] {
  const byKey = new Map<string, T>();
  for (const value of values) {
    const key = keyOf(value);
    const known = byKey.get(key);
    byKey.set(key, known === undefined ? value : add(known, value));
  }
  return [...byKey.values()];
}
