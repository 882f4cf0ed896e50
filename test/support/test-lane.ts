// A standard lane between a real HTTP server and real upstreams, without the stages before it: every request is
// permitted. What the gateway would have decided is made here, with the real header plans.

import type { IncomingMessage, ServerResponse } from 'node:http';
import http2, { type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { RouteConfig, UpstreamConfig } from '../../src/config/schema.ts';
import type { UpstreamCredentials } from '../../src/credentials/upstream-credentials.ts';
import { headerValues, http2RequestHeadOf, requestHeadOf } from '../../src/gateway/accept/request-head.ts';
import type { Permit } from '../../src/gateway/authorize/decision.ts';
import type { Exchange } from '../../src/gateway/forward/exchange.ts';
import { createRequestHeaderPlanner } from '../../src/gateway/forward/headers/request-headers.ts';
import { createStandardLane } from '../../src/gateway/forward/standard-lane.ts';
import { mayTunnel, withoutUpgrade } from '../../src/gateway/forward/upgrade.ts';
import type { LookupAll } from '../../src/gateway/forward/upstream/resolve.ts';
import { createUpstream, type Upstream } from '../../src/gateway/forward/upstream/upstream.ts';
import { makeConnection, makeExchange, makePermit, makeRoute } from './exchange.ts';
import type { AsyncAfterHook } from './test-gateway.ts';
import { createRecordingLog } from './upstream-config.ts';

export interface TestLane {
  readonly port: number;
  readonly upstream: Upstream;
  /** Those that are over, in the order in which they ended. */
  readonly finished: readonly Exchange[];
  /** Resolves with the exchanges when this many are over. */
  untilFinished(count: number): Promise<readonly Exchange[]>;
  readonly logLines: readonly string[];
}

export interface TestLaneOptions {
  readonly credentials?: UpstreamCredentials;
  /** Toward the client: HTTP/2 without TLS (prior knowledge), or HTTP/1 over TLS. */
  readonly http2?: boolean;
  readonly tls?: tls.TlsOptions;
  readonly maxBodyBytes?: number;
  readonly bodyIdleTimeoutMs?: number;
  readonly route?: Partial<RouteConfig>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly lookupAll?: LookupAll;
  readonly close?: boolean;
}

export async function startTestLane(
  t: AsyncAfterHook,
  config: UpstreamConfig,
  options: TestLaneOptions = {},
): Promise<TestLane> {
  const log = createRecordingLog();
  const now = (): number => Date.now();
  const monotonic = (): number => performance.now();
  const { lookupAll, maxBodyBytes = 0, bodyIdleTimeoutMs = 5000, close = false } = options;
  const upstream = createUpstream(config, {
    credentials: options.credentials,
    log,
    now,
    monotonic,
    ...(lookupAll === undefined ? {} : { lookupAll }),
  });
  const planner = createRequestHeaderPlanner({ isTrusted: () => false, upstreams: { [config.name]: config }, now });
  const route = makeRoute(options.route, options.headers);
  const lane = await createStandardLane({ log });
  const finished: Exchange[] = [];
  const looks = new Set<() => void>();

  const begin = (request: IncomingMessage | Http2ServerRequest): { exchange: Exchange; permit: Permit } => {
    const head = options.http2 === true ? http2RequestHeadOf(request) : requestHeadOf(request);
    const [authority = ''] = headerValues(head, 'host');
    const permit = makePermit({ route, authority, target: head.target });
    const connection = makeConnection({ client: { address: '192.0.2.10', port: 1 } });
    const exchange = makeExchange({ head, connection, decision: permit, startedAtMonotonicMs: monotonic() });
    return { exchange, permit };
  };
  const over = (exchange: Exchange): void => {
    if (exchange.durationMs !== undefined) return;
    exchange.durationMs = monotonic() - exchange.startedAtMonotonicMs;
    finished.push(exchange);
    for (const look of [...looks]) look();
  };
  const planned = (exchange: Exchange, permit: Permit, upgrade?: string): readonly string[] => {
    const plan = planner.plan(exchange, permit, upgrade);
    if (plan.kind === 'refused') throw new Error(plan.reason);
    return plan.headers;
  };
  const serve = (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ): void => {
    const { exchange, permit } = begin(request);
    response.once('close', () => over(exchange));
    const headers = planned(exchange, permit);
    lane.serve({ exchange, permit, headers, upstream, request, response, maxBodyBytes, bodyIdleTimeoutMs, close });
  };
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (!mayTunnel(request)) {
      withoutUpgrade(lane.server, request, socket, head);
      return;
    }
    const { exchange, permit } = begin(request);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => over(exchange));
    const headers = planned(exchange, permit, request.headers.upgrade);
    lane.upgrade({ exchange, permit, headers, upstream, request, socket, head, bodyIdleTimeoutMs });
  };
  lane.server.on('request', serve);
  lane.server.on('checkContinue', serve);
  lane.server.on('upgrade', upgrade);
  lane.server.on('clientError', (_error, socket) => socket.destroy());
  const h2 = http2.createServer();
  h2.on('request', serve);
  h2.on('checkContinue', serve);

  const accept = (socket: net.Socket): void => {
    socket.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    (options.http2 === true ? h2 : lane.server).emit('connection', socket);
  };
  const listener = options.tls ? tls.createServer(options.tls, accept) : net.createServer(accept);
  const sockets = new Set<net.Socket>();
  listener.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    listener.close();
    for (const socket of sockets) socket.destroy();
    await upstream.close(0);
    await lane.close();
  });
  return {
    port: (listener.address() as AddressInfo).port,
    upstream,
    finished,
    logLines: log.lines,
    untilFinished: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (finished.length < count) return;
          looks.delete(look);
          resolve(finished);
        };
        looks.add(look);
        look();
      }),
  };
}
