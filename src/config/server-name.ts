// Names that a server answers to: text in, canonical name out. What matches a name is decided elsewhere.

import { isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { MutualError } from '../errors.ts';
import { canonicalIPv6 } from './listen-address.ts';

const label = '[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?';
const hostPattern = new RegExp(`^${label}(\\.${label})*$`);

/**
 * A server's name in lower case: `host.example`, `*.example`, an IP address (IPv6 as `[::1]`, as a Host header has
 * it). International names become their ASCII form. Throws `config-invalid`.
 */
export function parseServerName(text: string): string {
  if (text === '_' || text === '*' || text === '') {
    throw invalid(text, 'leave `names` out: a server without names takes what no other server takes');
  }
  if (text.startsWith('~')) {
    throw invalid(text, 'regular expressions are not supported here; write exact names or *.example');
  }
  if (text.startsWith('.')) {
    throw invalid(text, `write both "${text.slice(1)}" and "*${text}"`);
  }
  if (text.endsWith('.')) {
    throw invalid(text, 'leave the last dot out');
  }
  const address = text.replace(/^\[(.*)\]$/, '$1');
  if (isIPv6(address)) {
    return `[${canonicalIPv6(address)}]`;
  }
  if (text.includes(':') || text.includes('/')) {
    throw invalid(text, 'a name has no scheme, port or path');
  }
  const wildcard = text.startsWith('*.');
  const host = parseHostName(wildcard ? text.slice(2) : text);
  if (host === undefined) {
    throw invalid(text, text.includes('*') ? 'only the first label may be a *' : 'write host.example or *.example');
  }
  return wildcard ? `*.${host}` : host;
}

/** A DNS name in lower case and ASCII, or undefined when the text is none. */
export function parseHostName(text: string): string | undefined {
  const lower = text.toLowerCase();
  // Only for what is no ASCII: domainToASCII reads a URL's host, and takes `a/b` for `a` and `127.1` for `127.0.0.1`.
  const international = /[^\x00-\x7f]/.test(lower) && /^[\p{L}\p{M}\p{N}._-]+$/u.test(lower);
  const host = international ? domainToASCII(lower) : lower;
  return host.length <= 253 && hostPattern.test(host) ? host : undefined;
}

function invalid(text: string, advice: string): MutualError {
  return new MutualError('config-invalid', `"${text}" is not a name of a server: ${advice}`);
}
