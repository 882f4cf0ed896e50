// The beginning, the decision and the end of every exchange, whichever lane serves it: a request head comes in, an
// exchange goes out and into the log. Refuses nothing by itself: `exchange.failure` says what is wrong.

import { type ErrorCode, errorKinds } from '../errors.ts';
import { maxPipelinedRequests } from './accept/http-limits.ts';
import type { ParsedRequestHead } from './accept/http1/request-head-parser.ts';
import { inspectRequestHead, type RefusedHead } from './accept/inspect.ts';
import type { RequestHead } from './accept/request-head.ts';
import type { Authentication } from './authenticate/authentication.ts';
import { authorize } from './authorize/authorize.ts';
import type { Decision, Permit } from './authorize/decision.ts';
import type { Policy } from './authorize/policy.ts';
import type { Exchange } from './forward/exchange.ts';
import type { LastJudgement } from './forward/express/last-judgement.ts';
import { LiveExchange } from './forward/live-exchange.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type { OpenConnection } from './open-connections.ts';
import { createRequestIds } from './request-ids.ts';

export interface Exchanges {
  /** Counts the request on its connection, and may make it the last one there. */
  begin(open: OpenConnection, head: RequestHead): LiveExchange;
  /** A permit or a denial, or why the head is refused. Nothing is remembered of the question. */
  judge(open: OpenConnection, head: RequestHead): Decision | RefusedHead;
  /** The same, where the connection remembers what it asked last. */
  judgeAgain(open: OpenConnection, head: ParsedRequestHead, last: LastJudgement): Decision | RefusedHead;
  /** The same about an exchange, kept there. Undefined where the head is refused; unless it is a permit, it has failed. */
  decide(open: OpenConnection, exchange: Exchange): Decision | undefined;
  /** Once; later calls do nothing. */
  finish(open: OpenConnection, exchange: Exchange): void;
}

export function createExchanges(dependencies: GatewayDependencies): Exchanges {
  const { generation, connections, keeper, observer, now, monotonic } = dependencies;
  const requestId = createRequestIds();

  function judge(open: OpenConnection, head: RequestHead): Decision | RefusedHead {
    return judgeBy(generation().policy, keeper.again(open), open, head);
  }

  function judgeBy(
    policy: Policy,
    authentication: Authentication,
    { connection: { listener, tls } }: OpenConnection,
    head: RequestHead,
  ): Decision | RefusedHead {
    const request = inspectRequestHead(head);
    return request.kind === 'refused' ? request : authorize(policy, { listener, tls, authentication, request });
  }

  return {
    begin(open, head) {
      open.requests += 1;
      open.inFlight += 1;
      observer.exchangeBegun();
      const { maxRequestsPerConnection: most } = generation().config.limits;
      const crowded = open.session === undefined && open.inFlight >= maxPipelinedRequests;
      if (crowded || (most > 0 && open.requests >= most)) connections.endAfterThis(open);
      const exchange = new LiveExchange(requestId(), open.connection, head, open.requests, now(), monotonic());
      open.last = exchange;
      return exchange;
    },
    judge,
    judgeAgain(open, head, last) {
      const { policy } = generation();
      // Never remembered: whether the certificate is still in date, and trust what it was.
      const authentication = keeper.again(open);
      const known = last.find(policy, authentication, head);
      if (known !== undefined) return known;
      const decision = judgeBy(policy, authentication, open, head);
      if (decision.kind === 'permit') last.remember(policy, authentication, head, decision);
      return decision;
    },
    decide(open, exchange) {
      const decision = judge(open, exchange.head);
      if (decision.kind === 'refused') {
        fail(exchange, decision.code, decision.reason);
        return undefined;
      }
      exchange.decision = decision;
      if (decision.kind === 'denial') fail(exchange, decision.code, decision.reason);
      return decision;
    },
    finish(open, exchange) {
      if (exchange.durationMs !== undefined) return;
      exchange.durationMs = monotonic() - exchange.startedAtMonotonicMs;
      if (exchange.status === 0) {
        fail(exchange, 'client-closed', 'the client closed the connection before the response');
      }
      observer.exchangeFinished(exchange);
      if (open.last === exchange) {
        open.spent ||= open.last.closes;
        open.last = undefined;
      }
      connections.requestDone(open);
    },
  };
}

/** The first failure of an exchange is the one that counts: what follows from it is noise. */
export function fail(exchange: Exchange, code: ErrorCode, reason: string): void {
  exchange.failure ??= { code, reason };
}

/** What the body of a permitted request may take. */
export function bodyLimitsOf(
  { server, route }: Permit,
  { generation }: Pick<GatewayDependencies, 'generation'>,
): { readonly maxBodyBytes: number; readonly bodyIdleTimeoutMs: number } {
  const { limits } = generation().config;
  return {
    maxBodyBytes: route.maxBodyBytes ?? server.maxBodyBytes ?? limits.maxBodyBytes,
    bodyIdleTimeoutMs: limits.bodyIdleTimeoutMs,
  };
}

/** Refusals after which no request of this connection could be admitted. */
export function endsConnection(code: ErrorCode): boolean {
  return (
    errorKinds[code].fault !== 'client' || !['not-allowed', 'route-not-found', 'method-not-allowed'].includes(code)
  );
}

/**
 * Whether a response has said that the connection ends with it. What comes behind is no request any more (RFC 9112
 * §9.6), and behind one that was refused it may be what was hidden in that one.
 */
export function isClosing({ session, last, spent }: OpenConnection): boolean {
  return session === undefined && (spent || last?.closes === true);
}
