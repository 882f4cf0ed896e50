// How often things happened in this process since it started: told of each, asked for all. It stands in the way of every
// request, so it only finds a cell and adds to it. What clients send never becomes a series: names are those of the
// configuration, and beyond `mostSeries` of them (after very many reloads) the rest are counted as one.

import type { ErrorCode } from '../../errors.ts';
import type { ConnectionRefusal } from '../accept/refusal.ts';
import type { Exchange, UpstreamAttempt } from '../forward/exchange.ts';
import {
  type Cell,
  type RouteCells,
  requestKey,
  routeCountsOf,
  type ServerCells,
  serverCountsOf,
  type UpstreamCells,
} from './counter-cells.ts';
import {
  type CounterSnapshot,
  type HandshakeCount,
  refusalsByCode,
  requestsByClass,
  total,
} from './counter-snapshot.ts';
import { createHistogram, histogramSnapshot, recordDuration } from './durations.ts';
import type { SeenConnection, SeenRequest } from './traffic.ts';

export interface Counters {
  connectionOpened(connection: SeenConnection): void;
  connectionClosed(connection: SeenConnection): void;
  connectionRefused(refusal: ConnectionRefusal, nowMs: number): void;
  exchangeBegun(): void;
  exchangeFinished(exchange: Exchange, refusal: ErrorCode | undefined): void;
  /** One that is no exchange. It has begun as one. */
  requestFinished(request: SeenRequest): void;
  reloaded(succeeded: boolean): void;
  /** A copy that does not change any more. */
  snapshot(): CounterSnapshot;
}

/** Of each kind: servers, routes, upstream servers. */
const mostSeries = 2000;
/** The name of all that are too many. */
const others = '(other)';

const noAttempt: UpstreamAttempt = { upstream: '', address: '', startedAtMs: 0, responseBytes: 0 };

/** What says that a client was refused for who it is. */
export const denialCodes: ReadonlySet<ErrorCode> = new Set([
  'not-allowed',
  'client-certificate-missing',
  'client-certificate-invalid',
  'misdirected-request',
]);

const handshakeCodes: ReadonlySet<ErrorCode> = new Set([
  'handshake-failed',
  'handshake-timeout',
  'client-certificate-missing',
  'client-certificate-invalid',
]);

export function createCounters(): Counters {
  const reloads = { succeeded: 0, failed: 0 };
  const routes = new Map<string, RouteCells>();
  const servers = new Map<string, ServerCells>();
  /** By upstream and address: a text of both would have to be made for every request. */
  const upstreams = new Map<string, Map<string, UpstreamCells>>();
  let upstreamServers = 0;
  const handshakes = new Map<string, HandshakeCount & Cell>();
  /** A shorter way to the same cells, for as long as the configuration lives. */
  const byRoute = new WeakMap<object, RouteCells>();
  let inFlight = 0;

  const routeCells = (server: string, route: string): RouteCells =>
    cellsOf(routes, `${server}\0${route}`, () => ({
      server: routes.size < mostSeries ? server : others,
      route: routes.size < mostSeries ? route : others,
      requests: new Map(),
      duration: createHistogram(),
      denials: 0,
      requestBodyBytes: 0,
      responseBodyBytes: 0,
    }));

  const serverCells = (server: string, isTls: boolean): ServerCells =>
    cellsOf(servers, server, () => ({
      server: servers.size < mostSeries ? server : others,
      isTls,
      opened: 0,
      closed: 0,
      refused: 0,
      tlsRefusals: new Map(),
      refusals: new Map(),
    }));

  function upstreamCells({ upstream, address }: UpstreamAttempt): UpstreamCells {
    const known = upstreams.get(upstream)?.get(address);
    if (known !== undefined) return known;
    if (upstreamServers >= mostSeries && upstream !== others) return upstreamCells({ ...noAttempt, upstream: others });
    upstreamServers += 1;
    const cells: UpstreamCells = {
      ...{ upstream, address, answered: 0, failed: 0, lastAnswerAtMs: null, lastError: null },
      duration: createHistogram(),
    };
    const ofUpstream = upstreams.get(upstream);
    if (ofUpstream === undefined) upstreams.set(upstream, new Map([[address, cells]]));
    else ofUpstream.set(address, cells);
    return cells;
  }

  function cellsOfPlace(place: object, server: string, route: string): RouteCells {
    const known = byRoute.get(place);
    if (known !== undefined) return known;
    const cells = routeCells(server, route);
    byRoute.set(place, cells);
    return cells;
  }

  function cellsOfExchange({ decision, connection }: Exchange): RouteCells {
    const server = decision?.server?.name ?? connection.tls?.server ?? connection.listener;
    const route = decision?.route;
    return route === undefined ? routeCells(server, '') : cellsOfPlace(route, server, route.name);
  }

  function countRefusal(cells: ServerCells, code: ErrorCode, nowMs: number): void {
    const known = cells.refusals.get(code);
    if (known === undefined) {
      cells.refusals.set(code, { count: 1, lastAtMs: nowMs });
      return;
    }
    known.count += 1;
    known.lastAtMs = nowMs;
  }

  function countHandshake(result: HandshakeCount['result'], version: string, resumed: boolean): void {
    const key = `${result} ${version} ${resumed}`;
    const known = handshakes.get(key);
    if (known === undefined) handshakes.set(key, { result, version, resumed, count: 1 });
    else (known as Cell).count += 1;
  }

  function countAttempt(attempt: UpstreamAttempt): void {
    const cells = upstreamCells(attempt);
    const endedAtMs = Math.round(attempt.startedAtMs + (attempt.responseMs ?? 0));
    if (attempt.status !== undefined) {
      cells.answered += 1;
      cells.lastAnswerAtMs = endedAtMs;
      recordDuration(cells.duration, attempt.responseMs ?? attempt.headerMs ?? 0);
    }
    if (attempt.error === undefined) return;
    cells.failed += 1;
    cells.lastError = { atMs: endedAtMs, code: attempt.errorCode ?? 'internal', text: attempt.error };
  }

  return {
    connectionOpened(connection) {
      const { tls } = connection;
      serverCells(serverLabel(connection), tls !== undefined).opened += 1;
      if (tls !== undefined) countHandshake('accepted', tls.protocol, tls.resumed);
    },
    connectionClosed(connection) {
      serverCells(serverLabel(connection), connection.tls !== undefined).closed += 1;
    },
    connectionRefused({ code, server, listener, verifyError, wasOpen, protocol, resumed }, nowMs) {
      const cells = serverCells(server ?? listener, server !== undefined);
      cells.refused += 1;
      countRefusal(cells, code, nowMs);
      if (!handshakeCodes.has(code)) return;
      const reason = verifyError === undefined ? code : slugOf(verifyError.text);
      const known = cells.tlsRefusals.get(reason);
      if (known === undefined) cells.tlsRefusals.set(reason, { count: 1 });
      else known.count += 1;
      // A connection that had been open is not one more handshake.
      if (wasOpen === true) return;
      const refused = code !== 'handshake-failed' && code !== 'handshake-timeout';
      countHandshake(refused ? 'refused' : 'failed', protocol ?? 'unknown', resumed ?? false);
    },
    exchangeBegun() {
      inFlight += 1;
    },
    exchangeFinished(exchange, refusal) {
      inFlight -= 1;
      const { durationMs = 0 } = exchange;
      const cells = cellsOfExchange(exchange);
      countRequest(cells, exchange, durationMs);
      for (const attempt of exchange.attempts) countAttempt(attempt);
      if (refusal === undefined) return;
      const isTls = exchange.connection.tls !== undefined;
      countRefusal(serverCells(cells.server, isTls), refusal, Math.round(exchange.startedAtMs + durationMs));
      if (exchange.decision?.kind === 'denial' && denialCodes.has(refusal)) cells.denials += 1;
    },
    requestFinished(request) {
      inFlight -= 1;
      const { place, server, route, refusal, isTls, startedAtMs, durationMs } = request;
      const cells = cellsOfPlace(place, server, route);
      countRequest(cells, request, durationMs);
      if (refusal === undefined) return;
      countRefusal(serverCells(cells.server, isTls), refusal.code, Math.round(startedAtMs + durationMs));
      if (denialCodes.has(refusal.code)) cells.denials += 1;
    },
    reloaded(succeeded) {
      reloads[succeeded ? 'succeeded' : 'failed'] += 1;
    },
    snapshot() {
      const routeCounts = [...routes.values()].map(routeCountsOf);
      const serverCounts = [...servers.values()].map(serverCountsOf);
      return {
        connections: {
          opened: total(serverCounts, ({ opened }) => opened),
          closed: total(serverCounts, ({ closed }) => closed),
          refused: total(serverCounts, ({ refused }) => refused),
        },
        requests: requestsByClass(routeCounts),
        requestsInFlight: inFlight,
        refusals: refusalsByCode(serverCounts),
        requestBodyBytes: total(routeCounts, ({ requestBodyBytes }) => requestBodyBytes),
        responseBodyBytes: total(routeCounts, ({ responseBodyBytes }) => responseBodyBytes),
        reloads: { ...reloads },
        routes: routeCounts,
        servers: serverCounts,
        handshakes: [...handshakes.values()].map((one) => ({ ...one })),
        upstreams: [...upstreams.values()]
          .flatMap((ofUpstream) => [...ofUpstream.values()])
          .map(({ duration, ...rest }) => ({
            ...rest,
            duration: histogramSnapshot(duration),
          })),
      };
    },
  };
}

/** Finds or makes; where there are too many all that are new share one. */
function cellsOf<Cells>(known: Map<string, Cells>, key: string, make: () => Cells): Cells {
  const found = known.get(key);
  if (found !== undefined) return found;
  const place = known.size < mostSeries ? key : others;
  const shared = known.get(place);
  if (shared !== undefined) return shared;
  const made = make();
  known.set(place, made);
  return made;
}

type Finished = Pick<SeenRequest, 'lane' | 'status' | 'requestBodyBytes' | 'responseBodyBytes'>;

function countRequest(cells: RouteCells, finished: Finished, durationMs: number): void {
  const { lane, status, requestBodyBytes, responseBodyBytes } = finished;
  const key = requestKey(lane, status);
  const cell = cells.requests.get(key);
  if (cell === undefined) cells.requests.set(key, { count: 1 });
  else cell.count += 1;
  recordDuration(cells.duration, durationMs);
  cells.requestBodyBytes += requestBodyBytes;
  cells.responseBodyBytes += responseBodyBytes;
}

/** A server without TLS is not known before there is a request. */
export function serverLabel({ tls, listener }: SeenConnection): string {
  return tls?.server ?? listener;
}

/** `certificate has expired` → `certificate-has-expired`. */
function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
