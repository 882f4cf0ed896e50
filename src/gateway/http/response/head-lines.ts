// The head of a response in nginx's order (ngx_http_header_filter_module.c): what is nginx's own first, then the other
// headers as they were added.

import { isIPv6 } from 'node:net';
import { safeValue } from '../parse/without-line-ends.ts';
import type { Request, ResponseHeader } from '../request.ts';
import { printHttpDate } from './http-date.ts';
import { statusLine } from './status-lines.ts';

/** What the Server header and the pages say. */
export function serverToken(request: Request): string {
  return request.location.serverTokens === false ? 'nginx' : `nginx/${request.connection.engine.version}`;
}

/** Settles what the status means for the rest of the head. To be called once, before the head is written. */
export function settleHead(request: Request): void {
  const { out } = request;
  if (request.method === 'HEAD') request.headerOnly = true;
  if (out.status === 304 || out.status === 204) request.headerOnly = true;
  if (out.status !== 200 && out.status !== 206 && out.status !== 304) out.lastModified = undefined;
  if (out.status === 204) {
    out.contentType = undefined;
    out.contentLength = -1;
  }
}

export function headLines(request: Request): ResponseHeader[] {
  const { out, connection } = request;
  const lines: ResponseHeader[] = [];
  const put = (name: string, value: string): void => void lines.push({ name, value: safeValue(value) });
  if (!out.foreignServer) put('Server', serverToken(request));
  if (!out.foreignDate) put('Date', printHttpDate(Math.floor(connection.engine.now() / 1000)));
  if (out.contentType !== undefined && out.contentType !== '') put('Content-Type', contentTypeOf(out));
  if (out.contentLength >= 0) put('Content-Length', String(out.contentLength));
  if (out.lastModified !== undefined && !out.lastModifiedInHeaders)
    put('Last-Modified', printHttpDate(out.lastModified));
  const location = absoluteLocation(request);
  if (location !== undefined && out.location !== undefined) {
    out.location.value = location;
    put('Location', location);
  }
  if (request.version < 2000) connectionLines(request, put);
  for (const header of out.headers) {
    if (location !== undefined && header === out.location) continue;
    put(header.name, header.value);
  }
  return lines;
}

function contentTypeOf({ contentType = '', charset }: Request['out']): string {
  return charset === '' ? contentType : `${contentType}; charset=${charset}`;
}

function connectionLines(request: Request, put: (name: string, value: string) => void): void {
  const { out, location } = request;
  if (request.chunkedResponse) put('Transfer-Encoding', 'chunked');
  if (out.status === 101) {
    put('Connection', 'upgrade');
    return;
  }
  if (!request.keepalive) {
    put('Connection', 'close');
    return;
  }
  put('Connection', 'keep-alive');
  const told = location.keepaliveTimeoutHeaderMs;
  if (told !== undefined && told > 0) put('Keep-Alive', `timeout=${Math.floor(told / 1000)}`);
}

/** A path as a URL of this server; undefined where the Location stays as it is. */
function absoluteLocation(request: Request): string | undefined {
  const { out, location, connection, server } = request;
  const path = out.location?.value;
  if (path === undefined || !path.startsWith('/') || !location.absoluteRedirect) return undefined;
  const own = isIPv6(connection.local.address) ? `[${connection.local.address}]` : connection.local.address;
  const host = (location.serverNameInRedirect ? server.name : request.host) || own;
  const secure = connection.tls !== undefined;
  const { port } = connection.local;
  const shown = location.portInRedirect && port !== (secure ? 443 : 80) && port !== 0 ? `:${port}` : '';
  return `${secure ? 'https' : 'http'}://${host}${shown}${path}`;
}

/** The head as HTTP/1 has it. */
export function printHead(request: Request): string {
  const { out } = request;
  let text = `HTTP/1.1 ${out.statusLine ?? statusLine(out.status)}\r\n`;
  for (const { name, value } of headLines(request)) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
}
