// The way of a request, in the order of the stages: a connection is accepted and its client authenticated; each request
// is inspected and authorized, then forwarded or refused; what happened is observed once. Everything is asked of the
// generation in force at that moment, so that a reload holds for open connections, too.

import { randomBytes } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Http2Server, Http2ServerRequest, Http2ServerResponse, Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { type ErrorCode, errorKinds, messageOf, systemCodeOf } from '../errors.ts';
import type { Connection } from './accept/connection.ts';
import { maxPipelinedRequests } from './accept/http-limits.ts';
import { inspectRequestHead } from './accept/inspect.ts';
import type { ListenerEvents } from './accept/listener.ts';
import type { ConnectionRefusal } from './accept/refusal.ts';
import { http2RequestHeadOf, requestHeadOf } from './accept/request-head.ts';
import type { Authentication } from './authenticate/authentication.ts';
import { authorize } from './authorize/authorize.ts';
import { handshakeFault } from './authorize/certificate-fault.ts';
import type { Decision, Permit } from './authorize/decision.ts';
import { endUnreadResponses } from './end-unread-responses.ts';
import type { Exchange } from './forward/exchange.ts';
import { type OwnResponse, refusalResponse, routeResponse, sendResponse } from './forward/own-response.ts';
import { renderRefusal } from './forward/refusal.ts';
import type { StandardLane } from './forward/standard-lane.ts';
import { mayTunnel, withoutUpgrade } from './forward/upgrade.ts';
import type { Generation } from './generation.ts';
import type { Observer } from './observe/observer.ts';
import type { OpenConnection, OpenConnections } from './open-connections.ts';
import type { TrustKeeper } from './trust-keeper.ts';

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

export interface GatewayDependencies {
  readonly generation: () => Generation;
  readonly connections: OpenConnections;
  readonly keeper: TrustKeeper;
  readonly lane: StandardLane;
  readonly http2: Http2Server;
  readonly observer: Observer;
  readonly log: Logger;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** A clock that only goes forward, in milliseconds. */
  readonly monotonic: () => number;
}

/** What the listeners tell; requests come in by the HTTP servers, which the gateway listens to itself. */
export type Gateway = ListenerEvents;

export function createGateway(dependencies: GatewayDependencies): Gateway {
  const { generation, connections, keeper, lane, http2, observer, log, now, monotonic } = dependencies;
  const bySession = new WeakMap<object, OpenConnection>();

  // ---- accept, authenticate ----------------------------------------------------------------------------------------

  function connected(connection: Connection): void {
    const authentication = keeper.first(connection);
    const fault = refusedInHandshake(connection, authentication);
    if (fault !== undefined) {
      connection.stream.destroy();
      observer.connectionRefused(fault);
      return;
    }
    const judgedBy = connection.tls && generation().trusts.get(connection.tls.server);
    const open = connections.add(connection, authentication, judgedBy);
    observer.counters.connectionOpened();
    connection.stream.once('close', () => observer.counters.connectionClosed());
    if (connection.tls?.alpn === 'h2') {
      const adopt = (session: Http2Session): void => {
        open.session = session;
        bySession.set(session, open);
        if (open.ending) session.close();
      };
      // A session is made while the event is emitted; the next one is another client's.
      http2.once('session', adopt).emit('connection', connection.stream);
      http2.off('session', adopt);
      return;
    }
    lane.server.emit('connection', connection.stream);
    // What was read to tell the protocol has been put back; a stream that was paused for it flows again.
    if (connection.tls === undefined) connection.stream.resume();
  }

  /** Where clients are refused in the handshake, an unverified one is gone before it can send a request. */
  function refusedInHandshake(
    { tls, client, listener }: Connection,
    authentication: Authentication,
  ): ConnectionRefusal | undefined {
    const server = generation().config.servers.find(({ name }) => name === tls?.server);
    const fault = server?.tls && handshakeFault(server.tls.clients, authentication);
    if (tls === undefined || fault === undefined) return undefined;
    const facts = { client, listener, server: tls.server, serverName: tls.serverName, code: fault.code };
    if (authentication.kind !== 'rejected') return { ...facts, reason: fault.reason };
    const { reason, certificate } = authentication;
    return { ...facts, reason: reason.text, verifyError: reason, certificate };
  }

  // ---- the exchange ------------------------------------------------------------------------------------------------

  function begin(open: OpenConnection, request: Request): Exchange {
    open.requests += 1;
    open.inFlight += 1;
    const { maxRequestsPerConnection: most } = generation().config.limits;
    const crowded = open.session === undefined && open.inFlight >= maxPipelinedRequests;
    if (crowded || (most > 0 && open.requests >= most)) connections.endAfterThis(open);
    open.last = {
      id: randomBytes(16).toString('hex'),
      connection: open.connection,
      head: 'stream' in request ? http2RequestHeadOf(request) : requestHeadOf(request),
      ordinal: open.requests,
      startedAtMs: now(),
      startedAtMonotonicMs: monotonic(),
      decision: undefined,
      lane: 'none',
      attempts: [],
      status: 0,
      responseHeaders: {},
      requestBodyBytes: 0,
      responseBodyBytes: 0,
      failure: undefined,
      durationMs: undefined,
    };
    return open.last;
  }

  function finish(open: OpenConnection, exchange: Exchange): void {
    if (exchange.durationMs !== undefined) return;
    exchange.durationMs = monotonic() - exchange.startedAtMonotonicMs;
    if (exchange.status === 0) fail(exchange, 'client-closed', 'the client closed the connection before the response');
    observer.exchangeFinished(exchange);
    connections.requestDone(open);
  }

  /** The first failure of an exchange is the one that counts: what follows from it is noise. */
  function fail(exchange: Exchange, code: ErrorCode, reason: string): void {
    exchange.failure ??= { code, reason };
  }

  // ---- authorize ---------------------------------------------------------------------------------------------------

  /** A permit, or undefined where the exchange has failed: `exchange.failure` says why. */
  function decide(open: OpenConnection, exchange: Exchange): Decision | undefined {
    const request = inspectRequestHead(exchange.head);
    if (request.kind === 'refused') {
      fail(exchange, request.code, request.reason);
      return undefined;
    }
    const authentication = keeper.again(open);
    const { listener, tls } = open.connection;
    const decision = authorize(generation().policy, { listener, tls, authentication, request });
    exchange.decision = decision;
    if (decision.kind === 'denial') fail(exchange, decision.code, decision.reason);
    return decision;
  }

  // ---- forward -----------------------------------------------------------------------------------------------------

  function serve(request: Request, response: Response, open: OpenConnection | undefined): void {
    if (open === undefined) {
      response.destroy();
      return;
    }
    if (isClosing(open)) {
      request.resume();
      return;
    }
    const exchange = begin(open, request);
    response.once('close', () => finish(open, exchange));
    response.on('error', () => response.destroy());
    try {
      answer(request, response, open, exchange);
    } catch (error) {
      // A fault of ours ends this request, not the process and everybody else's.
      log.error({ code: 'internal', err: error, request_id: exchange.id }, `a request failed: ${messageOf(error)}`);
      fail(exchange, 'internal', messageOf(error));
      if (response.headersSent) response.destroy();
      else refuse(open, exchange, request, response);
    }
  }

  function answer(request: Request, response: Response, open: OpenConnection, exchange: Exchange): void {
    const decision = decide(open, exchange);
    if (decision?.kind !== 'permit') {
      refuse(open, exchange, request, response);
      return;
    }
    const { action } = decision.route;
    if (action.kind === 'respond') {
      const context = { nowMs: now(), upstreams: generation().config.upstreams };
      sendResponse(exchange, request, response, routeResponse(action, exchange, context), open.ending);
      return;
    }
    const planned = generation().headerPlanner.plan(exchange, decision);
    if (planned.kind === 'refused') {
      fail(exchange, planned.code, planned.reason);
      refuse(open, exchange, request, response);
      return;
    }
    lane.serve({
      exchange,
      permit: decision,
      headers: planned.headers,
      upstream: generation().upstreams.get(action.upstream),
      request,
      response,
      close: open.ending,
      ...limitsOf(decision),
    });
  }

  function refuse(open: OpenConnection, exchange: Exchange, request: Request, response: Response): void {
    const code = exchange.failure?.code ?? 'internal';
    const close = open.ending || endsConnection(code);
    sendResponse(exchange, request, response, refusalResponse(code, exchange), close);
  }

  function limitsOf({ server, route }: Permit): { readonly maxBodyBytes: number; readonly bodyIdleTimeoutMs: number } {
    const { limits } = generation().config;
    return {
      maxBodyBytes: route.maxBodyBytes ?? server.maxBodyBytes ?? limits.maxBodyBytes,
      bodyIdleTimeoutMs: limits.bodyIdleTimeoutMs,
    };
  }

  /** A request to switch protocols: the same questions, and a tunnel where the answer is yes. */
  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const open = connections.of(socket);
    if (open === undefined) {
      socket.destroy();
      return;
    }
    socket.on('error', () => socket.destroy());
    if (isClosing(open) || open.inFlight > 0) {
      // Its 101 would come before the response to the request in front of it, and pass for that.
      refuseConnection(open, 'request-invalid', 'a request to switch protocols behind one that is not answered yet');
      open.ending = true;
      return;
    }
    if (request.method !== 'CONNECT' && !mayTunnel(request)) {
      withoutUpgrade(lane.server, request, socket, head);
      return;
    }
    const exchange = begin(open, request);
    socket.once('close', () => finish(open, exchange));
    try {
      answerUpgrade(request, socket, head, open, exchange);
    } catch (error) {
      log.error({ code: 'internal', err: error, request_id: exchange.id }, `an upgrade failed: ${messageOf(error)}`);
      fail(exchange, 'internal', messageOf(error));
      socket.destroy();
    }
  }

  function answerUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    open: OpenConnection,
    exchange: Exchange,
  ): void {
    const decision = decide(open, exchange);
    if (decision?.kind === 'permit' && decision.route.action.kind === 'upstream') {
      const planned = generation().headerPlanner.plan(exchange, decision, request.headers.upgrade);
      if (planned.kind === 'headers') {
        open.tunnel = true;
        lane.upgrade({
          exchange,
          permit: decision,
          headers: planned.headers,
          upstream: generation().upstreams.get(decision.route.action.upstream),
          request,
          socket,
          head,
          bodyIdleTimeoutMs: limitsOf(decision).bodyIdleTimeoutMs,
        });
        return;
      }
      fail(exchange, planned.code, planned.reason);
    }
    const context = { nowMs: now(), upstreams: generation().config.upstreams };
    const response =
      decision?.kind === 'permit' && decision.route.action.kind === 'respond'
        ? routeResponse(decision.route.action, exchange, context)
        : refusalResponse(exchange.failure?.code ?? 'internal', exchange);
    exchange.status = response.status;
    endWith(socket, response);
  }

  // ---- what is no request ------------------------------------------------------------------------------------------

  /** Bytes that Node's parser does not take for HTTP, or that took too long to come. */
  function malformed(error: Error, socket: Duplex): void {
    const open = connections.of(socket);
    const code = malformedCode(systemCodeOf(error));
    if (open === undefined || code === undefined || !socket.writable) {
      socket.destroy();
      return;
    }
    // Bytes behind the last request are nobody's, and no reason to cut its response.
    if (systemCodeOf(error) === 'HPE_CLOSED_CONNECTION') return;
    if (isClosing(open)) {
      endSoon(socket);
      return;
    }
    // A response may be on its way; another one in the middle of it would be taken for its body.
    const answered = open.inFlight > 0;
    refuseConnection(open, code, `${messageOf(error)}${answered ? ' (while a response was on its way)' : ''}`);
    if (answered) socket.destroy();
    else endWith(socket, bareRefusal(code));
  }

  function refuseConnection({ connection }: OpenConnection, code: ErrorCode, reason: string): void {
    const { client, listener, tls } = connection;
    observer.connectionRefused({ code, reason, client, listener, server: tls?.server, serverName: tls?.serverName });
  }

  function plainHttp(socket: Socket, refusal: ConnectionRefusal): void {
    observer.connectionRefused(refusal);
    endWith(socket, bareRefusal(refusal.code));
  }

  // ---- the HTTP servers --------------------------------------------------------------------------------------------

  const byStream = (request: IncomingMessage, response: ServerResponse): void =>
    serve(request, response, connections.of(request.socket));
  endUnreadResponses(lane.server, connections, () => generation().config.limits.bodyIdleTimeoutMs);
  lane.server.on('request', byStream);
  lane.server.on('checkContinue', byStream);
  lane.server.on('checkExpectation', byStream);
  lane.server.on('upgrade', upgrade);
  lane.server.on('connect', upgrade);
  lane.server.on('clientError', malformed);
  http2.on('request', (request, response) => {
    const { session } = request.stream;
    serve(request, response, session === undefined ? undefined : bySession.get(session));
  });
  http2.on('checkContinue', (request, response) => {
    const { session } = request.stream;
    serve(request, response, session === undefined ? undefined : bySession.get(session));
  });
  http2.on('sessionError', (error) => log.debug({ reason: messageOf(error) }, 'an HTTP/2 session failed'));

  return { connected, refused: (refusal) => observer.connectionRefused(refusal), plainHttp };
}

/**
 * Whether a response has said that the connection ends with it. What comes behind is no request any more (RFC 9112
 * §9.6), and behind one that was refused it may be what was hidden in that one.
 */
function isClosing({ session, last, spent }: OpenConnection): boolean {
  return session === undefined && (spent || last?.responseHeaders.connection === 'close');
}

/** Refusals after which no request of this connection could be admitted. */
function endsConnection(code: ErrorCode): boolean {
  return (
    errorKinds[code].fault !== 'client' || !['not-allowed', 'route-not-found', 'method-not-allowed'].includes(code)
  );
}

/** Node's and llhttp's names of what is wrong with the bytes of a client; undefined: the client is gone. */
function malformedCode(systemCode: string | undefined): ErrorCode | undefined {
  switch (systemCode) {
    case 'ECONNRESET':
    case 'EPIPE':
      return undefined;
    case 'HPE_HEADER_OVERFLOW':
      return 'head-too-large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'request-timeout';
    case 'HPE_INVALID_VERSION':
      return 'http-version-unsupported';
    default:
      return 'request-invalid';
  }
}

function bareRefusal(code: ErrorCode): OwnResponse {
  return renderRefusal(code, { accept: undefined, requestId: randomBytes(16).toString('hex'), method: 'GET' });
}

/** How long a client gets to read the last answer of a connection before it is cut. */
const lastAnswerMs = 2000;

/** Writes a response by hand, where there is no response object, and ends the connection. */
function endWith(socket: Duplex, { status, headers, body }: OwnResponse): void {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}Connection: close\r\n\r\n${body}`);
  endSoon(socket);
}

/** Ends a connection whose last answer is written. */
function endSoon(socket: Duplex): void {
  socket.end();
  // Reads on until the client has had its answer: unread bytes would turn the end into a reset.
  socket.resume();
  setTimeout(() => socket.destroy(), lastAnswerMs).unref();
}
