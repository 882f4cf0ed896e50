// The header of an upstream's response toward the client: what came in, what may go out. Nothing of the upstream's
// own connection passes, no name that only this gateway may say, and no value that could end the header early.

import { isHeaderName, isHeaderValue } from './header-value.ts';
import { hopByHopNames, nominatedNames } from './hop-by-hop.ts';
import { isIdentityName } from './managed-names.ts';

export interface ResponseHeaders {
  /** Name and value in turn, in the upstream's order, with its letter case and duplicates (Set-Cookie). */
  readonly headers: string[];
  /** Names of fields that are not valid HTTP and were left out; for the log. */
  readonly dropped: readonly string[];
}

/** Node's form of a header: name to value, or to values. */
export type HeaderRecord = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** @param raw name and value in turn, as received */
export function planResponseHeaders(raw: readonly string[]): ResponseHeaders {
  const nominated = nominatedNames(raw);
  const planned = filterFields(
    raw,
    (name) => hopByHopNames.has(name) || nominated?.has(name) === true || isIdentityName(name),
  );
  return { ...planned, headers: withSecretVary(planned.headers) };
}

/**
 * A response that depends on who the client is (`Vary: Client-Cert`) says so by a header that no client has sent, so
 * that every stored copy would seem to fit every later request: `Vary: *` fits none (RFC 9440 section 2.4).
 */
function withSecretVary(headers: string[]): string[] {
  const depends = headers.some((name, i) => i % 2 === 0 && isVary(name) && namesIdentity(headers[i + 1] as string));
  if (!depends) return headers;
  const others: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (!isVary(headers[i] as string)) others.push(headers[i] as string, headers[i + 1] as string);
  }
  return [...others, 'Vary', '*'];
}

function isVary(name: string): boolean {
  return name.length === 4 && name.toLowerCase() === 'vary';
}

function namesIdentity(vary: string): boolean {
  return vary.split(',').some((name) => isIdentityName(name.trim()));
}

/** Name and value in turn, of a record. */
export function flattenHeaders(record: HeaderRecord): string[] {
  const flat: string[] = [];
  for (const [name, value] of Object.entries(record)) {
    if (value === undefined) continue;
    for (const one of typeof value === 'object' ? value : [value]) flat.push(name, String(one));
  }
  return flat;
}

/** A record with lower-case names, several values of one name in an array; the opposite of `flattenHeaders`. */
export function headerRecord(flat: readonly string[]): Record<string, string | string[]> {
  const record = new Map<string, string | string[]>();
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = (flat[i] as string).toLowerCase();
    const value = flat[i + 1] as string;
    const known = record.get(name);
    record.set(name, known === undefined ? value : typeof known === 'string' ? [known, value] : [...known, value]);
  }
  return Object.fromEntries(record);
}

/**
 * Fields that may not stand in a trailer section (RFC 9110 section 6.5.1): a recipient that merges trailers into
 * the header would reframe, reroute or reauthorize the message by them.
 */
const headerOnly: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'expires',
  'host',
  'location',
  'max-forwards',
  'pragma',
  'range',
  'retry-after',
  'set-cookie',
  'strict-transport-security',
  'vary',
  'warning',
  'www-authenticate',
]);

/** @param raw trailer fields of an upstream's response, name and value in turn */
export function planTrailers(raw: readonly string[]): ResponseHeaders {
  return filterFields(raw, (name) => hopByHopNames.has(name) || headerOnly.has(name) || isIdentityName(name));
}

function filterFields(raw: readonly string[], isRemoved: (lowerCaseName: string) => boolean): ResponseHeaders {
  const headers: string[] = [];
  const dropped: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    if (isRemoved(name.toLowerCase())) continue;
    if (isHeaderName(name) && isHeaderValue(value)) headers.push(name, value);
    else dropped.push(name);
  }
  return { headers, dropped };
}
