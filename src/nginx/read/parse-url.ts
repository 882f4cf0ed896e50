// An address as `listen`, `server` and `proxy_pass` take it, read as nginx reads it (src/core/ngx_inet.c,
// ngx_parse_url): a host with or without port, a bracketed IPv6 address, a socket; for proxy_pass with a URI behind.

import { isIP } from 'node:net';

export interface NginxUrl {
  readonly kind: 'inet' | 'inet6' | 'unix';
  /** As written, without port; `*` or empty for all addresses; the path of a socket. */
  readonly host: string;
  readonly port: number;
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
    isDefaultPort: true,
    uri: colon === -1 ? '' : text.slice(colon + 1),
    isName: false,
  };
}

function parseBracketed(text: string, { uri: mayHaveUri, defaultPort }: UrlOptions): NginxUrl | string {
  const end = text.indexOf(']');
  if (end === -1) return 'invalid host';
  const host = text.slice(1, end);
  const rest = text.slice(end + 1);
  const slash = rest.search(/[/?]/);
  if (slash !== -1 && mayHaveUri !== true) return 'invalid host';
  const uri = slash === -1 ? '' : rest.slice(slash);
  const behind = slash === -1 ? rest : rest.slice(0, slash);
  if (behind !== '' && !behind.startsWith(':')) return 'invalid host';
  const port = behind === '' ? defaultPort : parsePort(behind.slice(1));
  if (port === undefined) return 'invalid port';
  if (host === '') return 'no host';
  if (isIP(host) !== 6) return 'invalid IPv6 address';
  return { kind: 'inet6', host, port, isDefaultPort: behind === '', uri, isName: false };
}

function parseHost(text: string, { listen, uri: mayHaveUri, defaultPort }: UrlOptions): NginxUrl | string {
  const slash = text.search(/[/?]/);
  if (slash !== -1 && mayHaveUri !== true) return 'invalid host';
  const uri = slash === -1 ? '' : text.slice(slash);
  const authority = slash === -1 ? text : text.slice(0, slash);
  const colon = authority.indexOf(':');
  if (colon === -1 && listen === true && /^\d+$/.test(authority)) {
    const port = parsePort(authority);
    if (port === undefined) return 'invalid port';
    return { kind: 'inet', host: '*', port, isDefaultPort: false, uri, isName: false };
  }
  const port = colon === -1 ? defaultPort : parsePort(authority.slice(colon + 1));
  if (port === undefined) return 'invalid port';
  const host = colon === -1 ? authority : authority.slice(0, colon);
  if (host === '') return 'no host';
  return { kind: 'inet', host, port, isDefaultPort: colon === -1, uri, isName: host !== '*' && isIP(host) === 0 };
}

function parsePort(text: string): number | undefined {
  const port = /^\d+$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}
