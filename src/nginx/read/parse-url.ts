// An address as `listen`, `server` and `proxy_pass` take it, read as nginx reads it (src/core/ngx_inet.c,
// ngx_parse_url): a host with or without port, a bracketed IPv6 address, a socket; for proxy_pass with a URI behind.

import { isIP } from 'node:net';

export interface NginxUrl {
  readonly kind: 'inet' | 'inet6' | 'unix';
  /** As written, without port; `*` or empty for all addresses; the path of a socket. */
  readonly host: string;
  readonly port: number;
  /** The same as `port`, unless `listen` names a range. */
  readonly lastPort: number;
  /** Whether no port was written. */
  readonly isDefaultPort: boolean;
  /** Behind host and port, with its slash; empty where there is none. */
  readonly uri: string;
  /** Whether the host is a name, which has to be resolved. */
  readonly isName: boolean;
}

export interface UrlOptions {
  /** Whether a bare number is a port. */
  readonly listen?: boolean;
  /** Whether a URI may follow. */
  readonly uri?: boolean;
  readonly defaultPort: number;
}

/** The address, or what nginx says is wrong with it: `invalid port`, `no host`, … */
export function parseNginxUrl(text: string, options: UrlOptions): NginxUrl | string {
  if (/^unix:/i.test(text)) return parseSocket(text.slice(5), options);
  return text.startsWith('[') ? parseBracketed(text, options) : parseHost(text, options);
}

function parseSocket(text: string, { uri }: UrlOptions): NginxUrl | string {
  const colon = uri === true ? text.indexOf(':') : -1;
  const host = colon === -1 ? text : text.slice(0, colon);
  if (host === '') return 'no path in the unix domain socket';
  if (Buffer.byteLength(host) > 107) return 'too long path in the unix domain socket';
  return {
    kind: 'unix',
    host,
    port: 0,
    lastPort: 0,
    isDefaultPort: true,
    uri: colon === -1 ? '' : text.slice(colon + 1),
    isName: false,
  };
}

function parseBracketed(text: string, { listen, uri: mayHaveUri, defaultPort }: UrlOptions): NginxUrl | string {
  const end = text.indexOf(']');
  if (end === -1) return 'invalid host';
  const host = text.slice(1, end);
  const rest = text.slice(end + 1);
  const slash = rest.search(/[/?]/);
  if (slash !== -1 && mayHaveUri !== true) return 'invalid host';
  const uri = slash === -1 ? '' : rest.slice(slash);
  const behind = slash === -1 ? rest : rest.slice(0, slash);
  if (behind !== '' && !behind.startsWith(':')) return 'invalid host';
  const ports = behind === '' ? ([defaultPort, defaultPort] as const) : parsePorts(behind.slice(1), listen);
  if (typeof ports === 'string') return ports;
  const [port, lastPort] = ports;
  if (host === '') return 'no host';
  if (isIP(host) !== 6) return 'invalid IPv6 address';
  return { kind: 'inet6', host, port, lastPort, isDefaultPort: behind === '', uri, isName: false };
}

function parseHost(text: string, { listen, uri: mayHaveUri, defaultPort }: UrlOptions): NginxUrl | string {
  const slash = text.search(/[/?]/);
  if (slash !== -1 && mayHaveUri !== true) return 'invalid host';
  const uri = slash === -1 ? '' : text.slice(slash);
  const authority = slash === -1 ? text : text.slice(0, slash);
  const colon = authority.indexOf(':');
  if (colon === -1 && listen === true && /^\d+(-\d+)?$/.test(authority)) {
    const ports = parsePorts(authority, listen);
    if (typeof ports === 'string') return ports;
    return { kind: 'inet', host: '*', port: ports[0], lastPort: ports[1], isDefaultPort: false, uri, isName: false };
  }
  const ports = colon === -1 ? ([defaultPort, defaultPort] as const) : parsePorts(authority.slice(colon + 1), listen);
  if (typeof ports === 'string') return ports;
  const [port, lastPort] = ports;
  const host = colon === -1 ? authority : authority.slice(0, colon);
  if (host === '') return 'no host';
  const isName = host !== '*' && isIP(host) === 0;
  return { kind: 'inet', host, port, lastPort, isDefaultPort: colon === -1, uri, isName };
}

/** A port, or for `listen` a range of them. */
function parsePorts(text: string, listen: boolean | undefined): readonly [number, number] | string {
  const [from = '', to] = listen === true ? text.split('-', 2) : [text];
  const first = parsePort(from);
  const last = to === undefined ? first : parsePort(to);
  if (first === undefined || last === undefined) return 'invalid port';
  return last < first ? 'invalid port range' : [first, last];
}

function parsePort(text: string): number | undefined {
  const port = /^\d+$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}
