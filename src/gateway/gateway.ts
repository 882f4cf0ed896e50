// The way of a request, in the order of the stages: a connection is accepted and its client authenticated; each request
// is inspected and authorized, then forwarded or refused; what happened is observed once. Everything is asked of the
// generation in force at that moment, so that a reload holds for open connections, too.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse, Http2Session } from 'node:http2';
import { messageOf } from '../errors.ts';
import type { ListenerEvents } from './accept/listener.ts';
import { createAdmission } from './admission.ts';
import { createAnswer } from './answer.ts';
import { endUnreadResponses } from './end-unread-responses.ts';
import { createExchanges } from './exchanges.ts';
import { createExpress } from './express.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import { createMalformed } from './malformed.ts';
import type { OpenConnection } from './open-connections.ts';
import { createUpgrades } from './upgrades.ts';

/** What the listeners tell; requests come in by the HTTP servers, which the gateway listens to itself. */
export type Gateway = ListenerEvents;

export function createGateway(dependencies: GatewayDependencies): Gateway {
  const { generation, connections, lane, http2, observer, log } = dependencies;
  const admit = createAdmission(dependencies); //             accept, authenticate
  const exchanges = createExchanges(dependencies); //         authorize, observe
  const answer = createAnswer(dependencies, exchanges); //    forward
  const malformed = createMalformed(dependencies);
  const express = createExpress(dependencies, exchanges, malformed);
  const upgrade = createUpgrades(dependencies, exchanges, malformed);
  const bySession = new WeakMap<object, OpenConnection>();

  // ---- HTTP/1 ------------------------------------------------------------------------------------------------------

  const answerHttp1 = (request: IncomingMessage, response: ServerResponse): void =>
    answer(request, response, connections.of(request.socket));
  endUnreadResponses(lane.server, connections, () => generation().config.limits.bodyIdleTimeoutMs);
  lane.server.on('request', answerHttp1);
  lane.server.on('checkContinue', answerHttp1);
  lane.server.on('checkExpectation', answerHttp1);
  lane.server.on('upgrade', upgrade);
  lane.server.on('connect', upgrade);
  lane.server.on('clientError', malformed.clientError);

  // ---- HTTP/2 ------------------------------------------------------------------------------------------------------

  const answerHttp2 = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    const { session } = request.stream;
    answer(request, response, session === undefined ? undefined : bySession.get(session));
  };
  http2.on('request', answerHttp2);
  http2.on('checkContinue', answerHttp2);
  http2.on('sessionError', (error) => log.debug({ reason: messageOf(error) }, 'an HTTP/2 session failed'));

  function beginSession(open: OpenConnection): void {
    const adopt = (session: Http2Session): void => {
      open.session = session;
      bySession.set(session, open);
      if (open.ending) session.close();
    };
    // A session is made while the event is emitted; the next one is another client's.
    http2.once('session', adopt).emit('connection', open.connection.stream);
    http2.off('session', adopt);
  }

  return {
    connected(connection) {
      admit(connection, (open) => {
        if (connection.tls?.alpn === 'h2') {
          beginSession(open);
          return;
        }
        if (express.takes(connection)) {
          express.converse(open);
          return;
        }
        lane.server.emit('connection', connection.stream);
        // What was read to tell the protocol has been put back; a stream that was paused for it flows again.
        if (connection.tls === undefined) connection.stream.resume();
      });
    },
    refused: (refusal) => observer.connectionRefused(refusal),
    plainHttp: malformed.plainHttp,
  };
}
