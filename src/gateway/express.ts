// The express lane in the gateway: which connections it gets, and what it asks the stages, which are those of the standard
// lane.

import { messageOf } from '../errors.ts';
import type { Connection } from './accept/connection.ts';
import type { Decision } from './authorize/decision.ts';
import { bodyLimitsOf, type Exchanges, endsConnection, fail } from './exchanges.ts';
import { createExpressLane, type ExpressLane } from './forward/express/express-lane.ts';
import { createHashKeyReader } from './forward/hash-key.ts';
import { refusalResponse, routeResponse } from './forward/own-response.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type { Malformed } from './malformed.ts';
import type { OpenConnection } from './open-connections.ts';

export interface Express extends ExpressLane<OpenConnection> {
  /** Whether a connection begins on this lane. */
  takes(connection: Connection): boolean;
}

export function createExpress(dependencies: GatewayDependencies, exchanges: Exchanges, malformed: Malformed): Express {
  const { generation, lane, log, now, monotonic } = dependencies;

  const express = createExpressLane<OpenConnection>(
    {
      limits: () => generation().config.limits,
      judge(open, head, last) {
        const decision = exchanges.judgeAgain(open, head, last);
        return decision.kind === 'refused' || isForStandardLane(decision) ? undefined : decision;
      },
      begin(open, head, decision) {
        const exchange = exchanges.begin(open, head);
        exchange.decision = decision;
        return exchange;
      },
      finish: exchanges.finish,
      planText: (exchange, permit, slot) => generation().headerPlanner.planText(exchange, permit, slot),
      upstream: (name) => generation().upstreams.get(name),
      bodyLimits: (permit) => bodyLimitsOf(permit, dependencies),
      hashKeyOf: createHashKeyReader(),
      ownResponse(exchange) {
        const { failure, decision } = exchange;
        if (failure !== undefined || decision?.route?.action.kind !== 'respond') {
          return refusalResponse(failure?.code ?? 'internal', exchange);
        }
        const context = { nowMs: now(), upstreams: generation().config.upstreams };
        return routeResponse(decision.route.action, exchange, context);
      },
      endsConnection,
      headTimedOut: malformed.headTimedOut,
      bodyMalformed: malformed.bodyMalformed,
      failed(exchange, error) {
        log.error({ code: 'internal', err: error, request_id: exchange.id }, `a request failed: ${messageOf(error)}`);
        fail(exchange, 'internal', messageOf(error));
      },
      handOver({ connection: { stream, tls, listener } }, reason) {
        if (choosesExpress(tls?.server, listener)) log.info({ reason }, `handed to the standard lane: ${reason}`);
        lane.server.emit('connection', stream);
      },
    },
    { now, monotonic },
  );

  function serversOf(server: string | undefined, listener: string) {
    const { servers } = generation().config;
    return server === undefined
      ? servers.filter(({ listen }) => listen.some(({ key }) => key === listener))
      : servers.filter(({ name }) => name === server);
  }

  function choosesExpress(server: string | undefined, listener: string): boolean {
    return serversOf(server, listener).some(({ lane: choice }) => choice === 'express');
  }

  return {
    ...express,
    takes: ({ tls, listener }) => serversOf(tls?.server, listener).some(({ lane: choice }) => choice !== 'standard'),
  };
}

function isForStandardLane({ route, server }: Decision): boolean {
  return (route?.lane ?? server?.lane) === 'standard';
}
