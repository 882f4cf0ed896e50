// Makes and reads certificate serial numbers: upper-case hexadecimal with an even number of digits, as openssl's
// index writes them. A new one is never predictable and never repeats one that is known.
import { randomBytes } from 'node:crypto';

/** Octets of a new serial number: the most that RFC 5280 section 4.1.2.2 allows. */
const length = 20;

/**
 * A random serial number of 158 unpredictable bits, positive and 20 octets long.
 *
 * Random, because a predictable one lets whoever sends the CSR choose a colliding certificate in advance.
 *
 * @param isTaken whether this CA has used a number before.
 */
export function randomSerialNumber(isTaken: (serial: string) => boolean): string {
  for (;;) {
    const bytes = randomBytes(length);
    // Top bit clear: an ASN.1 INTEGER with it set is negative. Next bit set: always exactly 20 octets.
    bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
    const serial = bytes.toString('hex').toUpperCase();
    if (!isTaken(serial)) return serial;
  }
}

/**
 * Brings a serial number as people copy it (`0x1f`, `1F:A0`, `serial=1FA0`) to the index's form, or gives undefined
 * when the text is no serial number.
 */
export function parseSerialNumber(text: string): string | undefined {
  const digits = text
    .trim()
    .replace(/^serial=/i, '')
    .replace(/^0x/i, '')
    .replaceAll(':', '')
    .toUpperCase();
  if (!/^[0-9A-F]{1,42}$/.test(digits)) return undefined;
  const trimmed = digits.replace(/^0+(?=.)/, '');
  return trimmed.length % 2 === 0 ? trimmed : `0${trimmed}`;
}

/** The number after this one, in the same form; `crlnumber` counts this way. */
export function nextNumber(hex: string): string {
  const digits = (BigInt(`0x${hex}`) + 1n).toString(16).toUpperCase();
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}
