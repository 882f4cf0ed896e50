// A strict writer of DER (X.690), the counterpart of the reader: values in, the one encoding that each of them has
// out. What has no such encoding is a fault of the caller. Takes time in proportion to what is written.

import { MutualError } from '../errors.ts';
import { derTags } from './der.ts';

/**
 * One element: identifier octet, length in the shortest form, content.
 *
 * @param parts the content in pieces; an array, because there may be more of them than a call takes arguments
 */
export function encodeDer(tag: number, parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  return Buffer.concat([Buffer.from([tag, ...lengthOctets(length)]), ...parts]);
}

export const encodeSequence = (parts: readonly Uint8Array[]): Buffer => encodeDer(derTags.sequence, parts);

export const encodeOctets = (content: Uint8Array): Buffer => encodeDer(derTags.octetString, [content]);

/** A BIT STRING that fills its bytes: a signature. */
export const encodeWholeBits = (content: Uint8Array): Buffer =>
  encodeDer(derTags.bitString, [Buffer.from([0]), content]);

/** An OBJECT IDENTIFIER from its dotted form. @throws MutualError `internal` for text that is none */
export function encodeOid(dotted: string): Buffer {
  const arcs = /^[0-2](\.(0|[1-9]\d*))+$/.test(dotted) ? dotted.split('.').map(BigInt) : [];
  const [root, second, ...rest] = arcs;
  if (root === undefined || second === undefined || (root < 2n && second > 39n)) return refuse('identifier', dotted);
  return encodeDer(derTags.oid, [Buffer.from([root * 40n + second, ...rest].flatMap(base128))]);
}

/**
 * An INTEGER.
 *
 * @param hex as the reader prints serials: two digits a byte, `-` before a negative one
 * @throws MutualError `internal` for text that is no such number
 */
export function encodeInteger(hex: string): Buffer {
  const [, sign, digits = ''] = /^(-?)((?:[0-9A-F]{2})+)$/i.exec(hex) ?? refuse('integer', hex);
  const magnitude = BigInt(`0x${digits}`);
  const isNegative = sign === '-' && magnitude > 0n;
  // In two's complement -n is n - 1 with every bit turned over.
  const shortest = (isNegative ? magnitude - 1n : magnitude).toString(16);
  const even = shortest.length % 2 === 0 ? shortest : `0${shortest}`;
  const bytes = Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex');
  return encodeDer(derTags.integer, [isNegative ? bytes.map((byte) => ~byte) : bytes]);
}

/**
 * A time in the form that RFC 5280 section 4.1.2.5 wants: UTCTime from 1950 to 2049, else GeneralizedTime; whole
 * seconds, what is less is cut off.
 *
 * @throws MutualError `internal` for years that have no four digits
 */
export function encodeTime(date: Date): Buffer {
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) return refuse('time', String(date.getTime()));
  const digits = `${date.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')}Z`;
  const isShort = year >= 1950 && year <= 2049;
  const [tag, text] = isShort ? [derTags.utcTime, digits.slice(2)] : [derTags.generalizedTime, digits];
  return encodeDer(tag, [Buffer.from(text, 'latin1')]);
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 0x100)) octets.unshift(rest % 0x100);
  return [0x80 | octets.length, ...octets];
}

/** Seven bits an octet, the highest first; a set top bit says that another one follows. */
function base128(arc: bigint): number[] {
  const octets = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) octets.unshift(Number(rest & 0x7fn) | 0x80);
  return octets;
}

function refuse(what: string, value: string): never {
  throw new MutualError('internal', `"${value}" cannot be written as a DER ${what}`);
}
