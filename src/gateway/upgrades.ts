// A request to switch protocols: the same questions as of any other, and a tunnel where the answer is yes.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { messageOf } from '../errors.ts';
import { requestHeadOf } from './accept/request-head.ts';
import { bodyLimitsOf, type Exchanges, fail, isClosing } from './exchanges.ts';
import type { Exchange } from './forward/exchange.ts';
import { refusalResponse, routeResponse } from './forward/own-response.ts';
import { mayTunnel, withoutUpgrade } from './forward/upgrade.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import { endWith, type Malformed } from './malformed.ts';
import type { OpenConnection } from './open-connections.ts';

/** What Node's HTTP server tells with `upgrade` and `connect`: `head` is what came behind the request at once. */
export type Upgrades = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export function createUpgrades(
  dependencies: GatewayDependencies,
  exchanges: Exchanges,
  { refuseConnection }: Malformed,
): Upgrades {
  const { generation, connections, lane, log, now } = dependencies;

  function answer(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    open: OpenConnection,
    exchange: Exchange,
  ): void {
    const decision = exchanges.decide(open, exchange);
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
          bodyIdleTimeoutMs: bodyLimitsOf(decision, dependencies).bodyIdleTimeoutMs,
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

  return (request, socket, head) => {
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
    const exchange = exchanges.begin(open, requestHeadOf(request));
    socket.once('close', () => exchanges.finish(open, exchange));
    try {
      answer(request, socket, head, open, exchange);
    } catch (error) {
      log.error({ code: 'internal', err: error, request_id: exchange.id }, `an upgrade failed: ${messageOf(error)}`);
      fail(exchange, 'internal', messageOf(error));
      socket.destroy();
    }
  };
}
