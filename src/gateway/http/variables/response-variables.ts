// nginx's variables of the response, and of the upstream it came from (ngx_http_variables.c, ngx_http_log_module.c,
// ngx_http_upstream.c).

import { seconds, type UpstreamState, upstreamList } from '../proxy/upstream-state.ts';
import type { Request, ResponseHeader } from '../request.ts';
import { printHttpDate } from '../response/http-date.ts';
import type { Getter } from '../script/value.ts';

export const responseVariables: Readonly<Record<string, Getter<Request>>> = {
  status: ({ errStatus, out, version }) => {
    const status = errStatus !== 0 ? errStatus : out.status !== 0 ? out.status : version === 9 ? 9 : 0;
    return String(status).padStart(3, '0');
  },
  bytes_sent: ({ sink }) => String(sink.sentBytes),
  body_bytes_sent: ({ sink }) => String(Math.max(0, sink.sentBytes - sink.headBytes)),
  sent_http_content_type: ({ out }) =>
    out.contentType === undefined || out.contentType === ''
      ? undefined
      : out.charset === ''
        ? out.contentType
        : `${out.contentType}; charset=${out.charset}`,
  sent_http_content_length: ({ out }) => (out.contentLength >= 0 ? String(out.contentLength) : undefined),
  sent_http_last_modified: ({ out }) =>
    joined(out.headers, 'last_modified') ??
    (out.lastModified === undefined ? undefined : printHttpDate(out.lastModified)),
  sent_http_connection: ({ out, keepalive }) => (out.status === 101 ? 'upgrade' : keepalive ? 'keep-alive' : 'close'),
  sent_http_keep_alive: ({ keepalive, location }) =>
    keepalive && location.keepaliveTimeoutHeaderMs
      ? `timeout=${Math.floor(location.keepaliveTimeoutHeaderMs / 1000)}`
      : undefined,
  sent_http_transfer_encoding: ({ chunkedResponse }) => (chunkedResponse ? 'chunked' : undefined),
  upstream_addr: (request) => list(request, ({ peer }) => peer),
  upstream_status: (request) => list(request, ({ status }) => (status === 0 ? undefined : String(status))),
  upstream_connect_time: (request) => list(request, ({ connectMs }) => time(connectMs)),
  upstream_header_time: (request) => list(request, ({ headerMs }) => time(headerMs)),
  upstream_response_time: (request) => list(request, ({ responseMs }) => time(responseMs)),
  upstream_response_length: (request) => list(request, ({ responseLength }) => String(responseLength)),
  upstream_bytes_received: (request) => list(request, ({ bytesReceived }) => String(bytesReceived)),
  upstream_bytes_sent: (request) => list(request, ({ bytesSent }) => String(bytesSent)),
  upstream_cache_status: () => undefined,
};

function list({ upstreams }: Request, read: (state: UpstreamState) => string | undefined): string | undefined {
  return upstreamList(upstreams, read);
}

function time(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : seconds(milliseconds);
}

export const responseFamilies: Readonly<Record<string, (name: string) => Getter<Request>>> = {
  sent_http_: (name) => (request) => joined(request.out.headers, name),
  sent_trailer_: (name) => (request) => joined(request.out.trailers, name),
  upstream_http_: (name) => (request) => {
    const fields = request.upstreamHeaders;
    if (request.connection.engine.since(23)) return joined(fields, name);
    return fields.find((field) => field.lowerName.replaceAll('-', '_') === name)?.value;
  },
  upstream_trailer_: (name) => (request) => joined(request.upstreamTrailers, name),
  upstream_cookie_: (name) => (request) => setCookie(request, name),
};

function joined(
  headers: readonly Pick<ResponseHeader, 'name' | 'value'>[],
  name: string,
  separator = ', ',
): string | undefined {
  let text: string | undefined;
  for (const header of headers) {
    if (header.value === '' || header.name.toLowerCase().replaceAll('-', '_') !== name) continue;
    text = text === undefined ? header.value : `${text}${separator}${header.value}`;
  }
  return text;
}

function setCookie({ upstreamHeaders }: Request, name: string): string | undefined {
  for (const { lowerName, value } of upstreamHeaders) {
    if (lowerName !== 'set-cookie') continue;
    const [pair = ''] = value.split(';');
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).trim().toLowerCase() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}
