// Addresses to listen on: text in, address out, and back as canonical text, so that two ways of writing the same
// address are seen to be the same. Nothing is resolved here.

import { isIPv6 } from 'node:net';
import { MutualError } from '../errors.ts';

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/**
 * Reads `host:port`, `[v6]:port`, a bare port, `:port` and `*:port` (all addresses, IPv4 and IPv6), `unix:/path`.
 * Port 0 lets the system choose. Throws `config-invalid`.
 */
export function parseListenAddress(text: string): ListenAddress {
  if (text.startsWith('unix:')) {
    return { kind: 'unix', path: parseSocketPath(text.slice('unix:'.length)) };
  }
  if (text.includes('/')) {
    throw unreadable(text, 'give host:port alone; TLS is chosen by `tls`, a socket file is written unix:/path');
  }
  const match = /^(?:(\[[^\]]*\]|[^:[\]]*):)?([0-9]{1,5})$/.exec(text);
  if (match === null) {
    const advice = isIPv6(text) ? `write the address in brackets and a port: "[${text}]:8443"` : 'write host:port';
    throw unreadable(text, advice);
  }
  const port = Number(match[2]);
  if (port > 65535) {
    throw unreadable(text, 'a port is at most 65535');
  }
  return { kind: 'tcp', host: parseHost(match[1] ?? '', text), port };
}

/** Canonical text: `0.0.0.0:8443`, `[::1]:80`, `unix:/run/mutual.sock`. */
export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === 'unix') {
    return `unix:${address.path}`;
  }
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

/** A path of a socket file that the system can bind or connect to: Linux takes 107 bytes. */
export function parseSocketPath(path: string): string {
  if (path === '' || /[\0-\x1f]/.test(path)) {
    throw new MutualError('config-invalid', 'a socket is written unix:/path');
  }
  if (Buffer.byteLength(path) > 107) {
    throw new MutualError('config-invalid', 'the path of a socket is at most 107 bytes: choose a shorter one');
  }
  return path;
}

/** Whether a socket bound to `wide` takes the connections of `narrow` too, so that both cannot be bound. */
export function covers(wide: ListenAddress, narrow: ListenAddress): boolean {
  if (wide.kind === 'unix' || narrow.kind === 'unix' || wide.port !== narrow.port || wide.port === 0) {
    return false;
  }
  if (wide.host === narrow.host) {
    return false;
  }
  return wide.host === '::' || (wide.host === '0.0.0.0' && !narrow.host.includes(':'));
}

function parseHost(text: string, whole: string): string {
  if (text === '' || text === '*') {
    return '::';
  }
  if (text.startsWith('[')) {
    const address = text.slice(1, -1);
    if (!isIPv6(address)) {
      throw unreadable(whole, `"${address}" is not an IPv6 address`);
    }
    return canonicalIPv6(address);
  }
  if (!/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(text)) {
    throw unreadable(whole, `"${text}" is not a host`);
  }
  return text.toLowerCase();
}

/** The shortest form in lower case (RFC 5952), so that `[0:0::0]` is `[::]`; a zone is kept. */
export function canonicalIPv6(address: string): string {
  const [plain = '', zone] = address.split('%');
  const short = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  return zone === undefined ? short : `${short}%${zone}`;
}

function unreadable(text: string, advice: string): MutualError {
  return new MutualError('config-invalid', `"${text}" is not an address to listen on: ${advice}`);
}
