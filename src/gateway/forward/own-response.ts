// Responses that the gateway gives itself: refusals, and the answers of `respond` routes. Values are made by pure
// functions; `sendResponse` writes one to either version of HTTP.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { RespondAction } from '../../config/schema.ts';
import type { ErrorCode } from '../../errors.ts';
import { headerValues } from '../accept/request-head.ts';
import type { Exchange } from './exchange.ts';
import { compileTemplate } from './headers/header-plan.ts';
import { printableValue } from './headers/header-value.ts';
import { renderRefusal } from './refusal.ts';
import type { VariableContext } from './variables/reader.ts';

export interface OwnResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** The answer of a `respond` route. */
export function routeResponse(action: RespondAction, exchange: Exchange, context: VariableContext): OwnResponse {
  // Values of variables may hold any byte, decoded paths among them: none may end a header line.
  const headers = action.headers.map(
    ([name, template]) => [name, printableValue(compileTemplate(template)(exchange, context))] as const,
  );
  const body = Buffer.from(compileTemplate(action.body)(exchange, context), 'latin1').toString('utf8');
  const typed = headers.some(([name]) => name.toLowerCase() === 'content-type');
  return {
    status: action.status,
    headers: typed || body === '' ? headers : [...headers, ['Content-Type', 'text/plain; charset=utf-8']],
    body,
  };
}

export function refusalResponse(code: ErrorCode, exchange: Exchange): OwnResponse {
  const [accept] = headerValues(exchange.head, 'accept');
  return renderRefusal(code, { accept, requestId: exchange.id, method: exchange.head.method });
}

/** How long an upload that nobody wants is still read, so that the client gets to read the answer. */
const lingerMs = 5000;

/**
 * Sends a response whole and fills in the exchange. An HTTP/1 connection on which the rest of a request body is still to
 * come is closed after it: nobody can say where the next request would begin.
 *
 * @param close ask the client to come back on a new connection
 */
export function sendResponse(
  exchange: Exchange,
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  { status, headers, body }: OwnResponse,
  close: boolean,
): void {
  const bodyless = status === 204 || status === 304 || (status >= 100 && status < 200);
  const fields: Record<string, string[]> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    fields[key] = [...(fields[key] ?? []), value];
  }
  if (!bodyless && fields['content-length'] === undefined) {
    fields['content-length'] = [String(Buffer.byteLength(body))];
  }
  for (const [name, values] of Object.entries(fields)) {
    response.setHeader(name, values.length === 1 ? (values[0] as string) : values);
  }
  response.statusCode = status;
  const text = bodyless || exchange.head.method === 'HEAD' ? '' : body;
  exchange.status = status;
  exchange.responseBodyBytes = Buffer.byteLength(text);
  if (response instanceof Http2ServerResponse || request instanceof Http2ServerRequest) {
    exchange.responseHeaders = response.getHeaders();
    response.end(text);
    return;
  }
  const unread = hasBody(exchange) && !request.complete;
  if (close || unread) response.setHeader('connection', 'close');
  exchange.responseHeaders = response.getHeaders();
  if (!unread) {
    response.end(text);
    return;
  }
  // To close while bytes are still coming in would reset the connection and take the answer with it.
  response.flushHeaders();
  if (text !== '') response.write(text);
  const finish = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(finish, lingerMs).unref();
  request.once('end', finish).once('close', finish).resume();
}

/** Whether the head announces a body (RFC 9112 §6.3). */
export function hasBody({ head }: Exchange): boolean {
  if (headerValues(head, 'transfer-encoding').length > 0) return true;
  const [length] = headerValues(head, 'content-length');
  return length !== undefined && length !== '0';
}
