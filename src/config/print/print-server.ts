// One effective server as the file would have it.

import { omitUndefined } from '../omit-undefined.ts';
import { routeLabel } from '../route-pattern.ts';
import type {
  ClientsConfig,
  HeaderConfig,
  IdentityHeadersConfig,
  ListenConfig,
  RouteConfig,
  RuleConfig,
  ServerConfig,
  TlsConfig,
} from '../schema.ts';
import { formatDuration } from '../units.ts';
import { printCrl } from './print-crl.ts';
import { oneOrMore, printSize } from './print-scalars.ts';

export function printServer(server: ServerConfig): Record<string, unknown> {
  return omitUndefined({
    listen: oneOrMore(server.listen.map(printListen)),
    names: server.names.length === 0 ? undefined : oneOrMore(server.names),
    tls: server.tls === undefined ? undefined : printTls(server.tls),
    identityHeaders: printIdentityHeaders(server.identityHeaders),
    maxBodyBytes: optional(server.maxBodyBytes, printSize),
    lane: server.lane,
    traceparent: server.traceparent,
    deny: optional(server.deny, printRules),
    routes: server.routes.map(printRoute),
  });
}

function optional<T, U>(value: T | undefined, print: (value: T) => U): U | undefined {
  return value === undefined ? undefined : print(value);
}

export function printListen(listen: ListenConfig): unknown {
  const mode = listen.kind === 'unix' ? listen.mode : undefined;
  if (!listen.proxyProtocol && !listen.http2 && mode === undefined) {
    return listen.key;
  }
  const { key: address, proxyProtocol, http2 } = listen;
  const printedMode = optional(mode, (bits) => bits.toString(8).padStart(4, '0'));
  return omitUndefined({ address, proxyProtocol, http2, mode: printedMode });
}

export function printTls(tls: TlsConfig): Record<string, unknown> {
  return omitUndefined({ ...tls, clients: printClients(tls.clients) });
}

function printClients({ ca, crl, crlUrls, ocsp, ...clients }: ClientsConfig): Record<string, unknown> {
  return omitUndefined({
    ...clients,
    ca: ca.length === 0 ? undefined : oneOrMore(ca),
    crl: printCrl(crl, crlUrls),
    ocsp: optional(ocsp, ({ timeoutMs, ...rest }) => ({ ...rest, timeout: formatDuration(timeoutMs) })),
  });
}

function printIdentityHeaders({ conventions, ...options }: IdentityHeadersConfig): unknown {
  if (conventions.length === 0) {
    return 'none';
  }
  const [first, ...more] = conventions;
  const plain = first === 'nginx' && more.length === 0 && !options.nginxCertificate;
  return plain ? first : { conventions: oneOrMore(conventions), ...options };
}

function printRoute(route: RouteConfig): Record<string, unknown> {
  const match = printMatch(route);
  const { action } = route;
  return omitUndefined({
    name: route.name === routeLabel(match) ? undefined : route.name,
    ...match,
    clients: route.clients,
    allow: optional(route.allow, printRules),
    deny: optional(route.deny, printRules),
    upstream: action.kind === 'upstream' ? action.upstream : undefined,
    respond:
      action.kind === 'respond'
        ? { status: action.status, body: action.body.source, headers: printHeaders(action.headers) }
        : undefined,
    headers: route.headers.length === 0 ? undefined : printHeaders(route.headers),
    identityHeaders: optional(route.identityHeaders, printIdentityHeaders),
    maxBodyBytes: optional(route.maxBodyBytes, printSize),
    lane: route.lane,
    connectTimeout: optional(route.connectTimeoutMs, formatDuration),
    responseTimeout: optional(route.responseTimeoutMs, formatDuration),
  });
}

export function printRules(rules: readonly RuleConfig[]): Record<string, unknown>[] {
  return rules.map((rule) => Object.fromEntries(Object.entries(rule).map(([key, values]) => [key, oneOrMore(values)])));
}

function printMatch({ match }: RouteConfig): { path?: string; exact?: string; regex?: string } {
  switch (match.kind) {
    case 'prefix':
      return { path: match.path };
    case 'exact':
      return { exact: match.path };
    case 'regex':
      return { regex: match.source };
  }
}

function printHeaders(headers: readonly HeaderConfig[]): Record<string, string> {
  return Object.fromEntries(headers.map(([name, value]) => [name, value.source]));
}
