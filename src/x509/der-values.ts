// Contents of primitive DER elements: an element in, a JavaScript value out. Throws MutualError
// `certificate-invalid` for every encoding that DER does not allow.

import { type DerElement, derTags, refuseDer } from './der.ts';

/** Longer identifiers exist in no registry; OpenSSL prints only the start of such ones. */
const maxOidBytes = 128;

/** Dotted form of an OBJECT IDENTIFIER, or of a `[n] IMPLICIT` one. */
export function parseOid(element: DerElement): string {
  const bytes = element.content;
  if (bytes.length === 0 || bytes.length > maxOidBytes) refuseDer(`object identifier of ${bytes.length} bytes`);
  if (((bytes[bytes.length - 1] ?? 0) & 0x80) !== 0) refuseDer('object identifier is cut');
  const arcs: (number | bigint)[] = [];
  let arc: number | bigint = 0;
  let fresh = true;
  for (const byte of bytes) {
    if (fresh && byte === 0x80) refuseDer('object identifier has a padded arc');
    // UUID-based identifiers (2.25.…) have arcs of 128 bits, more than a number holds exactly.
    if (typeof arc === 'number' && arc > 0xff_ffff_ffff) arc = BigInt(arc);
    const digit = byte & 0x7f;
    arc = typeof arc === 'bigint' ? (arc << 7n) | BigInt(digit) : arc * 128 + digit;
    fresh = (byte & 0x80) === 0;
    if (fresh) {
      if (arcs.length === 0) {
        const root = arc < 40 ? 0 : arc < 80 ? 1 : 2;
        arcs.push(root);
        arc = typeof arc === 'bigint' ? arc - BigInt(root * 40) : arc - root * 40;
      }
      arcs.push(arc);
      arc = 0;
    }
  }
  return arcs.join('.');
}

/** An INTEGER as `printInteger` prints it. */
export function parseIntegerHex(element: DerElement): string {
  return printInteger(checkedInteger(element.content));
}

/**
 * The content of an INTEGER as OpenSSL's i2a_ASN1_INTEGER prints serials, and so nginx: upper-case hex, two digits a
 * byte, no padding byte, `-` before a negative one.
 */
export function printInteger(bytes: Buffer): string {
  const first = bytes[0] ?? 0;
  if (first < 0x80) {
    return (first === 0 && bytes.length > 1 ? bytes.subarray(1) : bytes).toString('hex').toUpperCase();
  }
  const magnitude = (1n << BigInt(8 * bytes.length)) - BigInt(`0x${bytes.toString('hex')}`);
  const digits = magnitude.toString(16).toUpperCase();
  return `-${digits.length % 2 === 0 ? '' : '0'}${digits}`;
}

/** An INTEGER that must be small and not negative: a version, a path length, a salt length. */
export function parseSmallInteger(element: DerElement): number {
  const bytes = checkedInteger(element.content);
  if ((bytes[0] ?? 0) >= 0x80 || bytes.length > 4) refuseDer('integer out of range');
  return bytes.readUIntBE(0, bytes.length);
}

function checkedInteger(bytes: Buffer): Buffer {
  const [first, second] = bytes;
  if (first === undefined) refuseDer('empty integer');
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    refuseDer('padded integer');
  }
  return bytes;
}

export function parseBoolean(element: DerElement): boolean {
  const [value, more] = element.content;
  if (more !== undefined || (value !== 0x00 && value !== 0xff)) refuseDer('boolean is neither 00 nor FF');
  return value === 0xff;
}

/** The bytes of a BIT STRING that must fill whole bytes: a signature. */
export function parseWholeBits(element: DerElement): Buffer {
  const bytes = element.content;
  if (bytes[0] !== 0) refuseDer('bit string does not fill its bytes');
  return bytes.subarray(1);
}

/** Numbers of the set bits of a BIT STRING, bit 0 first: key usage. */
export function parseNamedBits(element: DerElement): number[] {
  const [unused, ...bytes] = element.content;
  if (unused === undefined || unused > 7 || (unused > 0 && bytes.length === 0)) refuseDer('bit string is malformed');
  return bytes.flatMap((byte, index) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (byte & (0x80 >> bit)) !== 0).map((bit) => 8 * index + bit),
  );
}

/** A UTCTime or GeneralizedTime in the only forms RFC 5280 section 4.1.2.5 allows: seconds, no fraction, `Z`. */
export function parseTime(element: DerElement): Date {
  const text = element.content.toString('latin1');
  const isShort = element.tag === derTags.utcTime;
  if (!isShort && element.tag !== derTags.generalizedTime) refuseDer('time has an unknown type');
  if (!/^\d+Z$/.test(text) || text.length !== (isShort ? 13 : 15)) refuseDer('time is not in the form of RFC 5280');
  // Two-digit years: 50 to 99 are of the twentieth century.
  const digits = isShort ? (Number(text.slice(0, 2)) >= 50 ? '19' : '20') + text : text;
  const part = (from: number, to: number): string => digits.slice(from, to);
  const iso = `${part(0, 4)}-${part(4, 6)}-${part(6, 8)}T${part(8, 10)}:${part(10, 12)}:${part(12, 14)}.000Z`;
  const date = new Date(iso);
  // Node turns the 31st of a short month into the 1st of the next one.
  if (Number.isNaN(date.getTime()) || date.toISOString() !== iso) refuseDer('time is no date of the calendar');
  return date;
}
