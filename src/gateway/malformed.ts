// What is no request: bytes that no parser takes for HTTP, heads that took too long to come, plain HTTP on a TLS address.
// Answered by hand, since there is no response object, and told in the log.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ErrorCode, messageOf, systemCodeOf } from '../errors.ts';
import type { ConnectionRefusal } from './accept/refusal.ts';
import { isClosing } from './exchanges.ts';
import type { OwnResponse } from './forward/own-response.ts';
import { renderRefusal } from './forward/refusal.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type { OpenConnection } from './open-connections.ts';
import { createRequestIds } from './request-ids.ts';

export interface Malformed {
  /** Bytes that Node's parser does not take for HTTP, or that took too long to come. */
  clientError(error: Error, socket: Duplex): void;
  /** The same for a request whose head did not come in time on the express lane. */
  headTimedOut(open: OpenConnection): void;
  plainHttp(socket: Socket, refusal: ConnectionRefusal): void;
  /** Tells of a refusal for which there is no exchange. */
  refuseConnection(open: OpenConnection, code: ErrorCode, reason: string): void;
}

export function createMalformed({ connections, observer }: GatewayDependencies): Malformed {
  const requestId = createRequestIds();

  const bareRefusal = (code: ErrorCode): OwnResponse =>
    renderRefusal(code, { accept: undefined, requestId: requestId(), method: 'GET' });

  function refuseConnection({ connection }: OpenConnection, code: ErrorCode, reason: string): void {
    const { client, listener, tls } = connection;
    observer.connectionRefused({ code, reason, client, listener, server: tls?.server, serverName: tls?.serverName });
  }

  function clientError(error: Error, socket: Duplex): void {
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

  return {
    clientError,
    headTimedOut({ connection: { stream } }) {
      clientError(Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), stream);
    },
    plainHttp(socket, refusal) {
      observer.connectionRefused(refusal);
      endWith(socket, bareRefusal(refusal.code));
    },
    refuseConnection,
  };
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

/** How long a client gets to read the last answer of a connection before it is cut. */
const lastAnswerMs = 2000;

/** Writes a response by hand, where there is no response object, and ends the connection. */
export function endWith(socket: Duplex, { status, headers, body }: OwnResponse): void {
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
