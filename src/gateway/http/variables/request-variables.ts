// nginx's variables of the request and its connection (ngx_http_variables.c). Undefined: not found, which a log writes `-`.

import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { printIso8601, printLocalTime } from '../../forward/variables/time.ts';
import { credentialsOf } from '../access/basic-auth.ts';
import { binaryAddress } from '../access/binary-address.ts';
import { toPath } from '../binary-text.ts';
import { documentRoot, fileNameOf } from '../content/file-name.ts';
import { seconds } from '../proxy/upstream-state.ts';
import { headerOf, headersOf, type Request } from '../request.ts';
import type { Getter } from '../script/value.ts';
import { proxyField } from './proxy-field.ts';

const orNone = (text: string): string | undefined => (text === '' ? undefined : text);

export const requestVariables: Readonly<Record<string, Getter<Request>>> = {
  remote_addr: ({ remote }) => (remote.address === '' ? 'unix:' : remote.address),
  remote_port: ({ remote }) => (remote.port === 0 ? '' : String(remote.port)),
  binary_remote_addr: ({ remote }) => binaryAddress(remote.address),
  realip_remote_addr: ({ realRemote }) => realRemote.address,
  realip_remote_port: ({ realRemote }) => (realRemote.port === 0 ? '' : String(realRemote.port)),
  proxy_protocol_addr: ({ connection }) => connection.proxyProtocol?.client.address,
  proxy_protocol_port: ({ connection }) => portOf(connection.proxyProtocol?.client),
  proxy_protocol_server_addr: ({ connection }) => connection.proxyProtocol?.destination.address,
  proxy_protocol_server_port: ({ connection }) => portOf(connection.proxyProtocol?.destination),
  server_addr: ({ connection }) => connection.local.address,
  server_port: ({ connection }) => (connection.local.port === 0 ? '' : String(connection.local.port)),
  server_name: ({ server }) => server.name,
  server_protocol: ({ protocol }) => protocol,
  hostname: ({ connection }) => connection.engine.hostname,
  pid: () => String(process.pid),
  nginx_version: ({ connection }) => connection.engine.version,
  connection: ({ connection }) => String(connection.id),
  connection_requests: ({ ordinal }) => String(ordinal),
  connection_time: ({ connection }) => seconds(connection.engine.monotonic() - connection.startedMonotonicMs),
  connections_active: ({ connection }) => String(connection.engine.stats.active),
  connections_reading: ({ connection }) => String(connection.engine.stats.reading),
  connections_writing: ({ connection }) => String(connection.engine.stats.writing),
  connections_waiting: ({ connection }) => String(connection.engine.stats.waiting),
  request: ({ requestLine }) => orNone(requestLine),
  request_method: ({ method }) => orNone(method),
  request_uri: ({ unparsedUri }) => orNone(unparsedUri),
  uri: ({ uri }) => orNone(uri),
  document_uri: ({ uri }) => orNone(uri),
  args: ({ args }) => orNone(args),
  query_string: ({ args }) => orNone(args),
  is_args: ({ args }) => (args === '' ? '' : '?'),
  scheme: ({ connection }) => (connection.tls === undefined ? 'http' : 'https'),
  https: ({ connection }) => (connection.tls === undefined ? '' : 'on'),
  http2: ({ version, connection }) => (version < 2000 ? '' : connection.tls === undefined ? 'h2c' : 'h2'),
  http3: () => '',
  host: ({ host, server }) => (host === '' ? server.name : host),
  http_host: (request) => headerOf(request, 'host'),
  http_cookie: (request) => headersOf(request, 'cookie', '; '),
  http_x_forwarded_for: (request) => headersOf(request, 'x-forwarded-for', ', '),
  content_type: (request) => headerOf(request, 'content-type'),
  content_length: ({ contentLength, headers }) =>
    headerOf({ headers }, 'content-length') ??
    (contentLength >= 0 && headers.length > 0 ? String(contentLength) : undefined),
  remote_user: (request) => credentialsOf(request)?.user,
  request_id: (request) => {
    if (request.id === '') request.id = randomBytes(16).toString('hex');
    return request.id;
  },
  request_length: ({ headerBytes, body }) => String(headerBytes + body.received),
  request_body: ({ body }) =>
    body.stored?.bytes === undefined ? undefined : orNone(body.stored.bytes.toString('latin1')),
  request_body_file: ({ body }) => body.stored?.file,
  request_filename: (request) => fileNameOf(request),
  document_root: (request) => documentRoot(request),
  realpath_root: (request) => realPath(documentRoot(request)),
  request_completion: ({ finished }) => (finished ? 'OK' : ''),
  request_time: ({ connection, startedMonotonicMs }) => seconds(connection.engine.monotonic() - startedMonotonicMs),
  limit_rate: (request) => String(request.limitRate ?? 0),
  limit_req_status: ({ limitRequestStatus }) => orNone(limitRequestStatus),
  limit_conn_status: ({ limitConnectionStatus }) => orNone(limitConnectionStatus),
  pipe: ({ pipelined }) => (pipelined ? 'p' : '.'),
  msec: ({ connection }) => seconds(connection.engine.now()),
  time_iso8601: ({ connection }) => printIso8601(connection.engine.now()),
  time_local: ({ connection }) => printLocalTime(connection.engine.now()),
};

function portOf(address: { readonly port: number } | undefined): string | undefined {
  return address === undefined ? undefined : String(address.port);
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(toPath(path), 'latin1');
  } catch {
    return undefined;
  }
}

/** Variables of which the end of the name is a name itself. */
export const requestFamilies: Readonly<Record<string, (name: string) => Getter<Request>>> = {
  http_: (name) => {
    const header = name.replaceAll('_', '-');
    const separator = header === 'cookie' ? '; ' : ', ';
    return (request) => headersLike(request, header, name, separator);
  },
  arg_: (name) => (request) => argumentOf(request.args, name),
  proxy_protocol_tlv_: (name) => {
    const read = proxyField(name);
    return ({ connection }) => read(connection.proxyProtocol?.fields);
  },
  cookie_: (name) => (request) => cookieOf(headersOf(request, 'cookie', '; '), name),
};

function headersLike(request: Request, header: string, name: string, separator: string): string | undefined {
  let joined: string | undefined;
  for (const { lowerName, value } of request.headers) {
    if (lowerName !== header && lowerName.replaceAll('-', '_') !== name) continue;
    if (joined !== undefined && !mayJoin(request, header)) break;
    joined = joined === undefined ? value : `${joined}${separator}${value}`;
  }
  return joined;
}

/** Before 1.23 only of these all lines counted. */
function mayJoin({ connection }: Request, header: string): boolean {
  return header === 'cookie' || header === 'x-forwarded-for' || connection.engine.since(23);
}

function argumentOf(args: string, name: string): string | undefined {
  for (const pair of args.split('&')) {
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).toLowerCase() === name) return pair.slice(equals + 1);
  }
  return undefined;
}

export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(/[;,]/) ?? []) {
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).trim().toLowerCase() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}
