// Writes DER for tests, valid or not: what the openssl program would refuse to make.

import { hash } from 'node:crypto';
import { DerReader, derTags, parseDer } from '../../src/x509/der.ts';

/** One element: tag, length in the shortest form, content. */
export function der(tag: number, ...content: readonly (Buffer | string)[]): Buffer {
  const bytes = Buffer.concat(content.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : part)));
  return Buffer.concat([Buffer.from([tag, ...lengthOctets(bytes.length)]), bytes]);
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const [root = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  return der(derTags.oid, Buffer.from([root * 40n + second, ...rest].flatMap(base128)));
}

export const sequence = (...content: readonly Buffer[]): Buffer => der(derTags.sequence, ...content);
export const set = (...content: readonly Buffer[]): Buffer => der(derTags.set, ...content);
export const octets = (...content: readonly Buffer[]): Buffer => der(derTags.octetString, ...content);
/** Small and not negative. */
export const integer = (value: number): Buffer => der(derTags.integer, Buffer.from([value]));
export const attribute = (type: string, value: Buffer): Buffer => sequence(oid(type), value);
/** A name of RDNs, each a list of attributes. */
export const name = (...rdns: readonly (readonly Buffer[])[]): Buffer => sequence(...rdns.map((rdn) => set(...rdn)));
export const utf8 = (text: string): Buffer => der(derTags.utf8String, text);

export interface Changes {
  /** DER of a Name. */
  readonly subject?: Buffer;
  /** DER Extension elements, in place of all others. */
  readonly extensions?: readonly Buffer[];
  /** Content of the INTEGER. */
  readonly serial?: Buffer;
  /** DER of the two times. */
  readonly validity?: readonly [Buffer, Buffer];
}

/** A certificate with some fields replaced. Its signature no longer fits, but every reader can still read it. */
export function changeCertificate(certificate: Buffer, changes: Changes): Buffer {
  const outer = parseDer(certificate).children();
  const fields = elements(outer.read().content);
  const [version, serial, algorithm, issuer, validity, subject, spki] = fields as [Buffer, ...Buffer[]];
  const extensions = changes.extensions && [der(0xa3, sequence(...changes.extensions))];
  const tbs = [
    version,
    changes.serial === undefined ? serial : der(derTags.integer, changes.serial),
    ...[algorithm, issuer],
    changes.validity === undefined ? validity : sequence(...changes.validity),
    ...[changes.subject ?? subject, spki],
    ...(extensions ?? fields.slice(7)),
  ] as Buffer[];
  return sequence(sequence(...tbs), outer.read().encoded, outer.read().encoded);
}

/** An Extension element. */
export const extension = (type: string, content: Buffer): Buffer => sequence(oid(type), octets(content));

/** Elements one after the other, encoded. */
export function elements(content: Buffer): Buffer[] {
  const reader = new DerReader(content);
  const found: Buffer[] = [];
  while (!reader.atEnd) found.push(reader.read().encoded);
  return found;
}

/** Bytes that are the same in every run: the n-th of a series under a seed. */
export function seededBytes(seed: string, n: number): Buffer {
  return hash('sha256', `${seed} ${n}`, 'buffer');
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes =
    length < 0x100 ? [length] : length < 0x1_0000 ? [length >> 8, length] : [length >> 16, length >> 8, length];
  return [0x80 | bytes.length, ...bytes];
}

function base128(arc: bigint): number[] {
  const digits = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) digits.unshift(Number(rest & 0x7fn) | 0x80);
  return digits;
}
