// The response of an upstream toward the client, in either version of HTTP: header with its letter case and duplicates,
// body as fast as the client takes it, trailers, informational responses. A response that breaks off is cut, so that
// the client never takes a part of it for the whole.

import { Http2ServerRequest, Http2ServerResponse, constants as http2 } from 'node:http2';
import { messageOf } from '../../errors.ts';
import { cutSocket } from './cut-socket.ts';
import type { Exchange } from './exchange.ts';
import { type Forward, noteFailure } from './forwarding.ts';
import { isHeaderValue } from './headers/header-value.ts';
import { headerRecord, planResponseHeaders, planTrailers } from './headers/response-headers.ts';
import { informationalTexts } from './informational.ts';
import { lingerAfter } from './linger.ts';
import { hasBody, refusalResponse, sendResponse } from './own-response.ts';
import type { UpstreamResponse } from './upstream/upstream-request.ts';

const nothing = Buffer.alloc(0);

/** Never throws: an upstream must not be able to end the process by what it answers. */
export function sendUpstreamResponse(forward: Forward, from: UpstreamResponse): void {
  try {
    send(forward, from);
  } catch (error) {
    const { exchange, request, response } = forward;
    noteFailure(exchange, 'upstream-invalid', `the response cannot be passed on: ${messageOf(error)}`);
    if (response.headersSent) {
      cutResponse(exchange, response);
      return;
    }
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    sendResponse(exchange, request, response, refusalResponse('upstream-invalid', exchange), true);
  }
}

function send(forward: Forward, from: UpstreamResponse): void {
  const { exchange, request, response, bodyIdleTimeoutMs } = forward;
  const { status } = from;
  // Node's HTTP/2 ends a 205 with its head, too; RFC 9110 section 15.3.6 knows no content of it.
  const empty = status === 204 || (status === 205 && response instanceof Http2ServerResponse);
  const bodyless = empty || exchange.head.method === 'HEAD' || status === 304;
  const { headers } = planResponseHeaders(from.rawHeaders);
  const sent = empty ? withoutContentLength(headers) : headers;
  exchange.status = status;
  if (response instanceof Http2ServerResponse) {
    response.stream.once('finish', () => stopUnreadBody(request));
    response.writeHead(status, sent);
  } else {
    if (forward.close === true || isBodyPending(exchange, request)) sent.push('Connection', 'close');
    if (!(request instanceof Http2ServerRequest))
      lingerAfter(request, response, () => isBodyPending(exchange, request));
    response.writeHead(status, isHeaderValue(from.statusText) ? from.statusText : '', sent);
  }
  exchange.responseHeaders = headerRecord(sent);
  if (bodyless) {
    from.discard();
    response.end();
    return;
  }
  let flowing = false;
  const onBytes = (bytes: number): void => {
    flowing = true;
    exchange.responseBodyBytes += bytes;
  };
  // The head does not wait for the body, except for what has come along with it: that shares its packet. Bytes, not
  // text: Node would write the header as UTF-8.
  setImmediate(() => {
    if (!flowing && !response.writableEnded && !(response instanceof Http2ServerResponse)) response.write(nothing);
  });
  from.pipe(response, { sinkIdleMs: bodyIdleTimeoutMs, onBytes }, ({ failure, rawTrailers }) => {
    if (failure !== undefined) {
      noteFailure(exchange, failure.code, failure.message);
      cutResponse(exchange, response);
      return;
    }
    const { headers: trailers } = planTrailers(rawTrailers);
    if (trailers.length > 0) addTrailers(response, trailers);
    response.end();
  });
}

function addTrailers(response: Forward['response'], trailers: readonly string[]): void {
  if (response instanceof Http2ServerResponse) {
    response.addTrailers(headerRecord(trailers));
    return;
  }
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < trailers.length; i += 2) pairs.push([trailers[i] as string, trailers[i + 1] as string]);
  response.addTrailers(pairs);
}

/** RFC 9110 section 8.6: never on a 204. Where there is no body, no length may announce one. */
function withoutContentLength(headers: readonly string[]): string[] {
  return headers.filter((_, at) => headers[at - (at % 2)]?.toLowerCase() !== 'content-length');
}

function isBodyPending(exchange: Exchange, request: Forward['request']): boolean {
  return hasBody(exchange) && !request.complete;
}

/** RFC 9113 section 8.1: a response may come before the end of the request, whose rest is then declined without error. */
function stopUnreadBody(request: Forward['request']): void {
  if (!(request instanceof Http2ServerRequest)) return;
  const { stream } = request;
  if (!stream.endAfterHeaders && !stream.readableEnded) stream.close(http2.NGHTTP2_NO_ERROR);
}

/** Whether the client got all of a response that is closed now. */
export function isComplete(response: Forward['response']): boolean {
  // Node's HTTP/2 calls every response finished that is closed.
  if (response instanceof Http2ServerResponse) {
    return response.writableEnded && response.stream.rstCode === http2.NGHTTP2_NO_ERROR;
  }
  return response.writableFinished;
}

/** Ends a response in a way that nobody can mistake for its end. */
export function cutResponse(exchange: Exchange, response: Forward['response']): void {
  if (response instanceof Http2ServerResponse) {
    response.stream.close(http2.NGHTTP2_INTERNAL_ERROR);
    return;
  }
  const { socket } = response;
  // To HTTP/1.0 the end of the connection is the end of the body; only a reset says otherwise.
  if (exchange.head.httpVersion === '1.0' && socket !== null) cutSocket(socket);
  response.destroy();
}

/**
 * Passes on a 1xx. HTTP/1.0 does not know them; behind another response that is still being written (pipelining) it
 * would arrive too late to be of use.
 */
export function sendInformational(
  { exchange, response }: Forward,
  status: number,
  rawHeaders: readonly string[],
): void {
  if (response.headersSent || exchange.head.httpVersion === '1.0') return;
  const { headers } = planResponseHeaders(rawHeaders);
  if (response instanceof Http2ServerResponse) {
    const { stream } = response;
    if (!stream.destroyed && !stream.closed) stream.additionalHeaders({ ...headerRecord(headers), ':status': status });
    return;
  }
  let head = `HTTP/1.1 ${status} ${informationalTexts[status] ?? 'Informational'}\r\n`;
  for (let i = 0; i + 1 < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  response.socket?.write(`${head}\r\n`, 'latin1');
}
