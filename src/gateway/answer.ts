// One request of one of Node's HTTP servers, either version: begun, decided, and forwarded on the standard lane, answered
// by the gateway itself, or refused. A fault of ours ends this request alone.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { messageOf } from '../errors.ts';
import { http2RequestHeadOf, requestHeadOf } from './accept/request-head.ts';
import { bodyLimitsOf, type Exchanges, endsConnection, fail, isClosing } from './exchanges.ts';
import type { Exchange } from './forward/exchange.ts';
import { refusalResponse, routeResponse, sendResponse } from './forward/own-response.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type { OpenConnection } from './open-connections.ts';

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** @param open undefined where the connection is not, or no longer, open */
export type Answer = (request: Request, response: Response, open: OpenConnection | undefined) => void;

export function createAnswer(dependencies: GatewayDependencies, exchanges: Exchanges): Answer {
  const { generation, lane, log, now } = dependencies;

  function answer(request: Request, response: Response, open: OpenConnection, exchange: Exchange): void {
    const decision = exchanges.decide(open, exchange);
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
      ...bodyLimitsOf(decision, dependencies),
    });
  }

  function refuse(open: OpenConnection, exchange: Exchange, request: Request, response: Response): void {
    const code = exchange.failure?.code ?? 'internal';
    const close = open.ending || endsConnection(code);
    sendResponse(exchange, request, response, refusalResponse(code, exchange), close);
  }

  return (request, response, open) => {
    if (open === undefined) {
      response.destroy();
      return;
    }
    if (isClosing(open)) {
      request.resume();
      return;
    }
    const exchange = exchanges.begin(open, 'stream' in request ? http2RequestHeadOf(request) : requestHeadOf(request));
    response.once('close', () => exchanges.finish(open, exchange));
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
  };
}
