// What is no request: bytes that no parser takes for HTTP, heads that took too long to come, plain HTTP on a TLS address.
// Answered by hand, since there is no response object, and told in the log.

import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorCode, messageOf, systemCodeOf } from '../errors.ts';
import type { Connection } from './accept/connection.ts';
import { malformedHead } from './accept/malformed-head.ts';
import type { ConnectionRefusal } from './accept/refusal.ts';
import type { RequestHead } from './accept/request-head.ts';
import { fail, isClosing } from './exchanges.ts';
import { headerRecord } from './forward/headers/response-headers.ts';
import { LiveExchange } from './forward/live-exchange.ts';
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
  /** The same for a request that went wrong in mid-body there; its response may be on its way. */
  bodyMalformed(open: OpenConnection, code: ErrorCode, reason: string): void;
  plainHttp(connection: Connection, refusal: ConnectionRefusal, bytes: Buffer): void;
  /** Tells of a refusal for which there is no exchange. */
  refuseConnection(open: OpenConnection, code: ErrorCode, reason: string): void;
}

export function createMalformed({ connections, observer, now, monotonic }: GatewayDependencies): Malformed {
  const requestId = createRequestIds();

  const bareRefusal = (code: ErrorCode): OwnResponse =>
    renderRefusal(code, { accept: undefined, requestId: requestId(), method: 'GET' });

  function refuseConnection({ connection }: OpenConnection, code: ErrorCode, reason: string): void {
    const { client, listener, tls } = connection;
    observer.connectionRefused({ code, reason, client, listener, server: tls?.server, serverName: tls?.serverName });
  }

  /** A request like any other to whoever counts them, of which no more is known. */
  function tell(connection: Connection, ordinal: number, head: RequestHead, failure: Failure): void {
    const exchange = new LiveExchange(requestId(), connection, head, ordinal, now(), monotonic());
    observer.exchangeBegun();
    fail(exchange, failure.code, failure.reason);
    exchange.status = failure.response.status;
    exchange.responseHeaders = headerRecord([...failure.response.headers.flat(), 'Connection', 'close']);
    exchange.responseBodyBytes = Buffer.byteLength(failure.response.body);
    exchange.durationMs = 0;
    observer.exchangeFinished(exchange);
  }

  function clientError(error: MalformedError, socket: Duplex): void {
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
    const reason = `${messageOf(error)}${answered ? ' (while a response was on its way)' : ''}`;
    const response = bareRefusal(code);
    const { bytesRead } = open.connection.stream as Duplex & { readonly bytesRead?: number };
    if (bytesRead === 0) {
      // Not one byte: there was a connection, and no request.
      refuseConnection(open, code, reason);
    } else {
      const { rawPacket, bytesParsed = 0 } = error;
      const head = malformedHead(rawPacket, bytesParsed, open.requests === 0 && rawPacket?.length === bytesRead);
      open.requests += 1;
      tell(open.connection, open.requests, head, { code, reason, response });
    }
    if (answered) socket.destroy();
    else endWith(socket, response);
  }

  return {
    clientError,
    headTimedOut: ({ connection: { stream } }) => clientError(requestTimeout('Request timeout'), stream),
    bodyMalformed({ connection: { stream } }, code, reason) {
      const error = code === 'request-timeout' ? requestTimeout(reason) : new Error(reason);
      clientError(code === 'head-too-large' ? Object.assign(error, { code: 'HPE_HEADER_OVERFLOW' }) : error, stream);
    },
    plainHttp(connection, { code, reason }, bytes) {
      const response = bareRefusal(code);
      tell(connection, 1, malformedHead(bytes, 0, true), { code, reason, response });
      endWith(connection.stream, response);
    },
    refuseConnection,
  };
}

function requestTimeout(reason: string): Error {
  return Object.assign(new Error(reason), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
}

/** What Node's HTTP server adds to the errors of its parser. */
interface MalformedError extends Error {
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
}

interface Failure {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly response: OwnResponse;
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
