// $variables of the decision, the upstream and the response, with nginx's values (ngx_http_upstream.c,
// ngx_http_log_module.c). Most are known only when the exchange is over.

import { STATUS_CODES } from 'node:http';
import { hostname } from 'node:os';
import { type ErrorCode, errorKinds } from '../../../errors.ts';
import type { Exchange, UpstreamAttempt } from '../exchange.ts';
import type { FamilyReader, Reader, VariableContext } from './reader.ts';
import { seconds } from './reader.ts';

const machine = hostname();

function upstreamName({ decision }: Exchange): string {
  const action = decision?.route?.action;
  return action?.kind === 'upstream' ? action.upstream : '';
}

function proxyHost(exchange: Exchange, { upstreams }: VariableContext): string {
  const name = upstreamName(exchange);
  // Own keys only: an upstream may be called anything, `constructor` too.
  return upstreams !== undefined && Object.hasOwn(upstreams, name)
    ? (upstreams[name]?.servers[0]?.hostHeader ?? '')
    : '';
}

/** One value for each attempt, joined as nginx joins them. */
const ofAttempts =
  (read: (attempt: UpstreamAttempt, last: boolean, exchange: Exchange) => string): Reader =>
  (exchange) =>
    exchange.attempts
      .map((attempt, index) => read(attempt, index === exchange.attempts.length - 1, exchange))
      .join(', ');

const secondsOrDash = (ms: number | undefined): string => (ms === undefined ? '-' : seconds(ms));

/** nginx gives a failed attempt the status that it would have sent for it. */
function attemptStatus(attempt: UpstreamAttempt, last: boolean, { failure }: Exchange): string {
  if (attempt.status !== undefined) return String(attempt.status);
  if (attempt.error === undefined) return '-';
  const kind = last && failure !== undefined ? errorKinds[failure.code] : undefined;
  return kind?.fault === 'upstream' && 'status' in kind ? String(kind.status) : '502';
}

/** The status, or what nginx logs where none was sent: 499 when the client went away, else 000. */
export function loggedStatus({ status, failure }: Exchange): number {
  return status === 0 && failure?.code === 'client-closed' ? 499 : status;
}

/** The code of a denial or failure; undefined when all went well. */
export function refusalCode({ decision, failure }: Exchange): ErrorCode | undefined {
  return failure?.code ?? (decision?.kind === 'denial' ? decision.code : undefined);
}

/** Values of a response header, as text. */
export function responseHeaderValues({ responseHeaders }: Exchange, name: string): string[] {
  const value = Object.hasOwn(responseHeaders, name) ? responseHeaders[name] : undefined;
  if (value === undefined) return [];
  return typeof value === 'object' ? [...value] : [String(value)];
}

/** Body, and the head as HTTP/1.1 writes it. */
function bytesSent(exchange: Exchange): string {
  if (exchange.status === 0) return '0';
  let head = `HTTP/1.1 ${exchange.status} ${STATUS_CODES[exchange.status] ?? ''}\r\n\r\n`.length;
  for (const name of Object.keys(exchange.responseHeaders)) {
    for (const value of responseHeaderValues(exchange, name)) head += name.length + value.length + 4;
  }
  return String(head + exchange.responseBodyBytes);
}

const headerOfResponse: FamilyReader = (rest) => {
  const name = rest.replaceAll('_', '-');
  return (exchange) => responseHeaderValues(exchange, name).join(', ');
};

export const responseVariables: Readonly<Record<string, Reader>> = {
  server_name: ({ decision }) => decision?.server?.names[0] ?? '',
  hostname: () => machine,
  pid: () => String(process.pid),
  route: ({ decision }) => decision?.route?.name ?? '',
  upstream_name: upstreamName,
  proxy_host: proxyHost,
  denial: (exchange) => refusalCode(exchange) ?? '',
  upstream_addr: ofAttempts(({ address }) => address),
  upstream_status: ofAttempts(attemptStatus),
  upstream_connect_time: ofAttempts(({ connectMs }) => secondsOrDash(connectMs)),
  upstream_header_time: ofAttempts(({ headerMs }) => secondsOrDash(headerMs)),
  upstream_response_time: ofAttempts(({ responseMs }) => secondsOrDash(responseMs)),
  upstream_response_length: ofAttempts(({ responseBytes }) => String(responseBytes)),
  status: (exchange) => String(loggedStatus(exchange)).padStart(3, '0'),
  bytes_sent: bytesSent,
  body_bytes_sent: ({ responseBodyBytes }) => String(responseBodyBytes),
  request_time: ({ durationMs }) => seconds(durationMs ?? 0),
};

export const responseFamilies: Readonly<Record<string, FamilyReader>> = {
  sent_http_: headerOfResponse,
  upstream_http_: (rest) => {
    const read = headerOfResponse(rest);
    return (exchange, context) => (exchange.attempts.length === 0 ? '' : read(exchange, context));
  },
};
