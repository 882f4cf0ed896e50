// The parts of a request target as nginx's variables tell them (ngx_http_parse.c): raw, or decoded and normalised.
// For templates and logs; which route a target means is not decided here.

import { parseTarget } from '../../accept/request-target.ts';
import type { Exchange } from '../exchange.ts';

/** Path and arguments in origin form: of `http://host/a?b` it is `/a?b`. */
export function originForm(exchange: Exchange): string {
  const { decision, head } = exchange;
  if (decision?.kind === 'permit') return decision.target;
  const target = parseTarget(head.target);
  return typeof target === 'string' ? head.target : target.origin;
}

/** What stands after the first `?`; undefined when there is none. */
export function argumentsOf(target: string): string | undefined {
  const start = target.indexOf('?');
  return start === -1 ? undefined : target.slice(start + 1);
}

/**
 * The value of the first argument of this name (lower case; arguments match in any case), undecoded, as
 * ngx_http_arg finds it.
 */
export function argumentOf(target: string, name: string): string {
  for (const argument of (argumentsOf(target) ?? '').split('&')) {
    const equals = argument.indexOf('=');
    if (equals !== -1 && argument.slice(0, equals).toLowerCase() === name) return argument.slice(equals + 1);
  }
  return '';
}

/**
 * nginx's `$uri`: the path with escapes decoded to bytes, dot segments resolved and slashes merged. What cannot be
 * decoded stays as it is.
 */
export function normalizedPath(target: string): string {
  const path = target.split('?', 1)[0] as string;
  const decoded = path.replaceAll(/%[0-9A-Fa-f]{2}/g, (hex) => String.fromCharCode(Number.parseInt(hex.slice(1), 16)));
  if (!decoded.startsWith('/')) return decoded;
  const segments: string[] = [];
  const parts = decoded.split('/').slice(1);
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    if (part === '..') segments.pop();
    if (part === '.' || part === '..' || part === '') {
      if (last) segments.push('');
      continue;
    }
    segments.push(part);
  }
  return `/${segments.join('/')}`;
}
