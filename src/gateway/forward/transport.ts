// What @fastify/reply-from takes for an HTTP client: a request of the proxy in, the response of one of our upstreams out.
// Of what the proxy has made of the request only one thing is used, the key to what the gateway has decided: method,
// target, headers and body are the client's own, untouched by URL objects and header records.

import { Http2ServerRequest } from 'node:http2';
import { headerValues } from '../accept/request-head.ts';
import { sendInformational } from './client-response.ts';
import type { Exchange } from './exchange.ts';
import type { Forward } from './forwarding.ts';
import type { HashKeyReader } from './hash-key.ts';
import { hasBody } from './own-response.ts';
import type { RequestBody, UpstreamRequest, UpstreamResponse } from './upstream/upstream-request.ts';

/** A header name that no client can send; it travels among the headers from the proxy to the transport. */
export const forwardKey: unique symbol = Symbol('forward');

/** What reply-from passes on: the headers are a copy of what `rewriteRequestHeaders` returned, symbols included. */
export interface ProxiedRequest {
  readonly headers: { readonly [forwardKey]?: Forward };
}

/** What reply-from hands on as a response; `body` comes back as `stream` in its `onResponse`. */
export interface ProxiedResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: ProxiedBody;
}

export interface ProxiedBody {
  readonly response: UpstreamResponse;
  /** Called by reply-from where the client is gone. */
  destroy(): void;
}

export interface Transport {
  request(proxied: ProxiedRequest, done: (error: Error | null, response?: ProxiedResponse) => void): void;
}

export interface TransportEvents {
  /** Aborts the request; called when the client is gone. Registered before anything is sent. */
  onStart(forward: Forward, abort: () => void): void;
  readonly hashKeyOf: HashKeyReader;
}

export function createTransport({ onStart, hashKeyOf }: TransportEvents): Transport {
  return {
    request({ headers }, done) {
      const forward = headers[forwardKey];
      if (forward === undefined) {
        done(new Error('a request came to the transport without a permit'));
        return;
      }
      const { exchange, request, response } = forward;
      let continued = false;
      let abort = (): void => {};
      onStart(forward, () => abort());
      abort = forward.upstream.request(upstreamRequestOf(forward, hashKeyOf(forward)), {
        onAttempt: (record) => exchange.attempts.push(record),
        onForward() {
          // Not before: a client that waits for this has its body to itself until somebody takes it.
          if (continued || !expectsContinue(exchange) || request.complete) return;
          continued = true;
          response.writeContinue();
        },
        onInformational: (status, rawHeaders) => sendInformational(forward, status, rawHeaders),
        onResponse: (from) => {
          done(null, { statusCode: from.status, headers: {}, body: { response: from, destroy: () => abort() } });
        },
        // Asked for by nobody; the attempt does not let it come to this.
        onUpgrade: (_head, socket) => socket.destroy(),
        onFailure: (error) => done(error),
      });
    },
  };
}

function upstreamRequestOf(forward: Forward, hashKey: string | undefined): UpstreamRequest {
  const { exchange, permit, headers } = forward;
  const { route } = permit;
  const body = bodyOf(forward);
  return {
    method: exchange.head.method,
    path: permit.target,
    headers,
    body,
    contentLength: contentLengthOf(exchange),
    repeatable: body === undefined && isIdempotent(exchange.head.method),
    hashKey,
    connectTimeoutMs: route.connectTimeoutMs,
    responseTimeoutMs: route.responseTimeoutMs,
  };
}

function bodyOf({ exchange, request, maxBodyBytes, bodyIdleTimeoutMs }: Forward): RequestBody | undefined {
  // HTTP/2 has no need of either header: the end of the stream is the end of the body.
  const announced = request instanceof Http2ServerRequest ? !request.stream.endAfterHeaders : hasBody(exchange);
  if (!announced) return undefined;
  return {
    stream: request,
    maxBytes: maxBodyBytes,
    idleTimeoutMs: bodyIdleTimeoutMs,
    onBytes: (bytes) => {
      exchange.requestBodyBytes += bytes;
    },
  };
}

/** The one Content-Length; what is no number has been refused long before. */
export function contentLengthOf({ head }: Exchange): number | undefined {
  const [length] = headerValues(head, 'content-length');
  return length === undefined ? undefined : Number(length);
}

/** RFC 9110 section 9.2.2, and what WebDAV adds to it without side effects. */
const idempotentMethods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PUT',
  'DELETE',
  'PROPFIND',
  'REPORT',
  'SEARCH',
]);

export function isIdempotent(method: string): boolean {
  return idempotentMethods.has(method);
}

/** RFC 9110 section 10.1.1; an HTTP/1.0 client cannot mean it. */
function expectsContinue({ head }: Exchange): boolean {
  return (
    head.httpVersion !== '1.0' && headerValues(head, 'expect').some((value) => value.toLowerCase() === '100-continue')
  );
}
