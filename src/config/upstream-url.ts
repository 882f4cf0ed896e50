// Addresses of upstream servers: a URL as text in, its parts and its canonical text out. Nothing is resolved or
// connected to here.

import { MutualError } from '../errors.ts';
import { parseSocketPath } from './listen-address.ts';
import type { UpstreamServerConfig } from './schema.ts';

type KeysOf<T> = T extends unknown ? keyof T : never;
type PickEach<T, K extends KeysOf<T>> = T extends unknown ? Pick<T, Extract<keyof T, K>> : never;

/** What a URL alone says of an upstream server. */
export type UpstreamAddress = PickEach<
  UpstreamServerConfig,
  'kind' | 'protocol' | 'host' | 'port' | 'socketPath' | 'url' | 'hostHeader'
>;

/** Whether what stands at `upstream:` is a URL and not the name of an upstream: names have no colon. */
export function isUpstreamUrl(text: string): boolean {
  return text.includes(':');
}

/**
 * Reads `http://host[:port]`, `https://host[:port]`, `unix:/path` and `http+unix:/path`. Throws `config-invalid`, and
 * `config-unsupported` for a URL with a path.
 */
export function parseUpstreamUrl(text: string): UpstreamAddress {
  const socket = /^(?:http\+)?unix:(?:\/\/(?=\/))?(.*)$/s.exec(text)?.[1];
  if (socket !== undefined) {
    const socketPath = parseSocketPath(socket);
    return { kind: 'unix', protocol: 'http', socketPath, url: `unix:${socketPath}`, hostHeader: 'localhost' };
  }
  if (/^https?:\/\/unix:/.test(text)) {
    throw invalid(text, 'write unix:/path/of/the/socket');
  }
  const match = /^(https?):\/\/([^/?#\\\s]+)([/?#\\].*)?$/is.exec(text);
  if (match === null) {
    throw invalid(text, 'write http://host:port, https://host:port or unix:/path');
  }
  const [, scheme = '', authority = '', rest = ''] = match;
  if (authority.includes('@')) {
    throw invalid(text.replace(/\/\/.*@/, '//…@'), 'credentials do not belong in a URL: set an Authorization header');
  }
  if (/[?#]/.test(rest)) {
    throw invalid(text, 'it has a query or a fragment');
  }
  if (rest !== '' && rest !== '/') {
    throw new MutualError('config-unsupported', `a path in the URL of an upstream ("${rest}") is not supported yet`);
  }
  const url = URL.parse(`${scheme}://${authority}`);
  if (url === null || authority.endsWith(':') || url.port === '0') {
    throw invalid(text, 'host or port cannot be read');
  }
  const protocol = scheme.toLowerCase() === 'https' ? 'https' : 'http';
  return {
    kind: 'tcp',
    protocol,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (protocol === 'https' ? 443 : 80) : Number(url.port),
    url: `${protocol}://${url.host}`,
    hostHeader: url.host,
  };
}

/** The address with the path of its socket made absolute. */
export function placeAddress(address: UpstreamAddress, toPath: (path: string) => string): UpstreamAddress {
  if (address.kind === 'tcp') {
    return address;
  }
  const socketPath = toPath(address.socketPath);
  return { ...address, socketPath, url: `unix:${socketPath}` };
}

function invalid(text: string, advice: string): MutualError {
  return new MutualError('config-invalid', `"${text}" is not the URL of an upstream: ${advice}`);
}
