// Subject alternative names as a person writes them (`DNS:a.example`, `IP:10.0.0.1`, `URI:spiffe://…`, `email:…`, or
// bare): text in, checked names out. A name that no verifier could ever match is refused here, with the reason.
import { isIP, isIPv4 } from 'node:net';
import { domainToASCII } from 'node:url';
import { MutualError } from '../errors.ts';
import type { AltNames } from '../x509/alt-names.ts';

export type AltNameType = 'DNS' | 'IP' | 'URI' | 'email';

/** One subject alternative name that this CA certifies. */
export interface AltName {
  readonly type: AltNameType;
  readonly value: string;
}

const types: Record<string, AltNameType> = { dns: 'DNS', ip: 'IP', uri: 'URI', url: 'URI', email: 'email' };

/**
 * Reads lists of names: each text holds one or several, separated by commas (`\,` is a comma within a name).
 *
 * @returns the names in order, each once.
 * @throws MutualError `usage` for a name that is not valid for its type.
 */
export function parseAltNameTexts(texts: readonly string[]): AltName[] {
  const parts = texts.flatMap((text) => text.split(/(?<!\\),/)).map((part) => part.replaceAll('\\,', ',').trim());
  const names = new Map<string, AltName>();
  for (const part of parts) {
    if (part === '') throw new MutualError('usage', `an empty name in --san "${texts.join(',')}"`);
    const name = parseAltName(part);
    names.set(printAltName(name), name);
  }
  return [...names.values()];
}

/** The name in the form it is read in: `DNS:a.example`. */
export function printAltName(name: AltName): string {
  return `${name.type}:${name.value}`;
}

/** The names of these types that a certificate, or a request, carries. */
export function altNamesOf({ altNames }: { altNames: AltNames }): AltName[] {
  const listed = (type: AltNameType, values: readonly string[]) => values.map((value) => ({ type, value }));
  const { dns, ip, uri, email } = altNames;
  return [...listed('DNS', dns), ...listed('IP', ip), ...listed('URI', uri), ...listed('email', email)];
}

/** Whether a text, such as the NAME of a server, can stand as a DNS name or IP address; the name if so. */
export function hostAltName(text: string): AltName | undefined {
  if (isIP(text) !== 0) return { type: 'IP', value: text };
  const value = text.toLowerCase();
  return faultOfDnsName(value) === undefined ? { type: 'DNS', value } : undefined;
}

/**
 * Checks a name that came from elsewhere.
 *
 * @throws MutualError `usage` when it is not valid for its type.
 */
export function checkAltName({ type, value }: AltName): AltName {
  return checked(type, value, printAltName({ type, value }));
}

function parseAltName(text: string): AltName {
  const [, prefix = '', rest = ''] = /^(dns|ip|uri|url|email):(.*)$/is.exec(text) ?? [];
  const type = types[prefix.toLowerCase()];
  return type === undefined ? checked(guessType(text), text, text) : checked(type, rest.trim(), text);
}

function guessType(text: string): AltNameType {
  if (isIP(text) !== 0) return 'IP';
  if (text.includes('://')) return 'URI';
  return text.includes('@') ? 'email' : 'DNS';
}

function checked(type: AltNameType, typed: string, text: string): AltName {
  const value = type === 'DNS' ? toAscii(typed) : typed;
  const fault = faults[type](value);
  if (fault !== undefined) throw new MutualError('usage', `the alternative name "${text}" cannot be used: ${fault}`);
  return { type, value };
}

const faults: Record<AltNameType, (value: string) => string | undefined> = {
  DNS: faultOfDnsName,
  IP: (value) => (isIP(value) === 0 || value.includes('%') ? 'it is not an IP address' : undefined),
  URI: faultOfUri,
  email: (value) => {
    const at = value.lastIndexOf('@');
    if (!/^[\x21-\x7e]+$/.test(value) || at < 1) return 'it is not an e-mail address in ASCII';
    return faultOfDnsName(value.slice(at + 1).toLowerCase());
  },
};

function toAscii(name: string): string {
  // A certificate carries the A-labels of an international name (RFC 5280 section 7.2).
  return /[^\x20-\x7e]/.test(name) ? domainToASCII(name) : name.toLowerCase();
}

function faultOfDnsName(name: string): string | undefined {
  if (isIPv4(name)) return 'it is an IP address: write IP:';
  if (name.length === 0 || name.length > 253) return 'it is not a DNS name';
  if (name.endsWith('.')) return 'a name in a certificate ends without a dot';
  const labels = name.split('.');
  // RFC 9525 section 6.3: a wildcard is the whole left-most label, and there is a domain behind it.
  if (labels[0] === '*' && labels.length > 1) labels.shift();
  if (labels.some((label) => label.includes('*'))) return 'a wildcard can only be the whole first label: *.example';
  const valid = labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
  return valid ? undefined : 'it is not a DNS name';
}

function faultOfUri(value: string): string | undefined {
  const url = /^[\x21-\x7e]+$/.test(value) ? URL.parse(value) : null;
  if (url === null || !/^[a-z][a-z0-9+.-]*:./i.test(value)) return 'it is not an absolute URI in ASCII';
  if (!value.startsWith('spiffe:')) return undefined;
  // SPIFFE-ID section 2: a trust domain and a path, and nothing else.
  const plain = url.hostname !== '' && url.port === '' && url.username === '' && url.search === '' && url.hash === '';
  return plain ? undefined : 'a SPIFFE ID is spiffe://trust-domain/path';
}
