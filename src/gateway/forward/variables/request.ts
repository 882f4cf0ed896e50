// $variables of the connection, the request and its headers, with nginx's values (ngx_http_variables.c).

import { parseAuthority } from '../../accept/authority.ts';
import type { RequestHead } from '../../accept/request-head.ts';
import { firstHeaderValue, headerValues } from '../../accept/request-head.ts';
import { parseTarget } from '../../accept/request-target.ts';
import type { Exchange } from '../exchange.ts';
import type { FamilyReader, Reader } from './reader.ts';
import { argumentOf, argumentsOf, normalizedPath, originForm } from './target.ts';

/** Names outside this alphabet are dropped before anything reads them, as with nginx's `underscores_in_headers off`. */
const plainName = /^[A-Za-z0-9-]+$/;

/** Values of a header by its name in a variable: lower case, `_` for `-`. */
function valuesByVariable({ rawHeaders }: RequestHead, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const field = rawHeaders[i] as string;
    if (field.length !== name.length || !isNamed(field, name) || !plainName.test(field)) continue;
    values.push(rawHeaders[i + 1] as string);
  }
  return values;
}

/** @param name of the same length, lower case, `_` for `-` */
function isNamed(field: string, name: string): boolean {
  for (let i = 0; i < name.length; i += 1) {
    const code = field.charCodeAt(i);
    const wanted = name.charCodeAt(i);
    if (code === wanted) continue;
    const isLetter = wanted >= 0x61 && wanted <= 0x7a;
    if (isLetter ? code + 0x20 !== wanted : code !== 0x2d || wanted !== 0x5f) return false;
  }
  return true;
}

const first = (head: RequestHead, name: string): string => firstHeaderValue(head, name) ?? '';

function requestLine({ head }: Exchange): string {
  if (head.line !== undefined) return head.line;
  return `${head.method} ${head.target} HTTP/${head.httpVersion}`;
}

/** Bytes of the request line, the header fields and the body; of an HTTP/2 request, as HTTP/1.1 would have written it. */
function requestLength(exchange: Exchange): string {
  const fields = exchange.head.rawHeaders.reduce((sum, text) => sum + text.length + 2, 0);
  return String(requestLine(exchange).length + 2 + fields + 2 + exchange.requestBodyBytes);
}

/** Host as decided; where nothing was decided, as the request says. */
function hostOf({ decision, head }: Exchange): string {
  if (decision !== undefined && decision.host !== '') return decision.host;
  const target = parseTarget(head.target);
  const asked = (typeof target === 'string' ? undefined : target.authority) ?? first(head, 'host');
  return parseAuthority(asked) ?? decision?.server?.names[0] ?? '';
}

/** ngx_http_auth_basic_user: the part before the colon; empty where there is no colon or no valid base64. */
function basicUser(head: RequestHead): string {
  const authorization = firstHeaderValue(head, 'authorization');
  if (authorization === undefined) return '';
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization.trim())?.[1];
  if (encoded === undefined) return '';
  const decoded = Buffer.from(encoded, 'base64').toString('latin1');
  const colon = decoded.indexOf(':');
  return colon === -1 ? '' : decoded.slice(0, colon);
}

/** ngx_http_parse_multi_header_lines: names in any case, `;` or `,` before a name, `;` after a value. */
function cookie(head: RequestHead, name: string): string {
  for (const line of headerValues(head, 'cookie')) {
    let start = 0;
    while (start < line.length) {
      const rest = line.slice(start);
      const pair = /^([^;,= ]*) *= *([^;]*)/.exec(rest);
      if (pair !== null && (pair[1] as string).toLowerCase() === name) return pair[2] as string;
      const end = rest.search(/[;,]/);
      if (end === -1) break;
      start += end + 1 + ((/^ */.exec(rest.slice(end + 1)) as RegExpExecArray)[0] as string).length;
    }
  }
  return '';
}

function proxyAddForwardedFor({ head, connection }: Exchange): string {
  return [...headerValues(head, 'x-forwarded-for'), connection.client.address].join(', ');
}

export const requestVariables: Readonly<Record<string, Reader>> = {
  remote_addr: ({ connection }) => connection.client.address,
  remote_port: ({ connection }) => String(connection.client.port),
  server_addr: ({ connection }) => connection.local.address,
  server_port: ({ connection }) => String(connection.local.port),
  connection: ({ connection }) => String(connection.id),
  connection_requests: ({ ordinal }) => String(ordinal),
  http2: ({ connection, head }) => (head.httpVersion !== '2.0' ? '' : connection.tls === undefined ? 'h2c' : 'h2'),
  request: requestLine,
  request_method: ({ head }) => head.method,
  request_uri: originForm,
  uri: (exchange) => normalizedPath(originForm(exchange)),
  args: (exchange) => argumentsOf(originForm(exchange)) ?? '',
  query_string: (exchange) => argumentsOf(originForm(exchange)) ?? '',
  is_args: (exchange) => ((argumentsOf(originForm(exchange)) ?? '') === '' ? '' : '?'),
  scheme: ({ connection }) => (connection.tls === undefined ? 'http' : 'https'),
  https: ({ connection }) => (connection.tls === undefined ? '' : 'on'),
  host: hostOf,
  content_type: ({ head }) => first(head, 'content-type'),
  content_length: ({ head }) => first(head, 'content-length'),
  remote_user: ({ head }) => basicUser(head),
  server_protocol: ({ head }) => (head.httpVersion === '' ? '' : `HTTP/${head.httpVersion}`),
  request_id: ({ id }) => id,
  request_length: requestLength,
  proxy_add_x_forwarded_for: proxyAddForwardedFor,
};

export const requestFamilies: Readonly<Record<string, FamilyReader>> = {
  arg_: (rest) => (exchange) => argumentOf(originForm(exchange), rest),
  cookie_:
    (rest) =>
    ({ head }) =>
      cookie(head, rest),
  http_:
    (rest) =>
    ({ head }) =>
      valuesByVariable(head, rest).join(rest === 'cookie' ? '; ' : ', '),
};
