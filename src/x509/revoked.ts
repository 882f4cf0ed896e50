// The entries of a revocation list: the content of `revokedCertificates` in, their number or their serials out.
// Lists of a hundred thousand entries are common, and they are read on the thread that serves requests: hence
// one flat loop over the bytes here, not elements.

import { derTags, refuseDer } from './der.ts';
import { printInteger } from './der-values.ts';
import { createSerialSetBuilder, type SerialSet } from './serial-set.ts';

/** @throws MutualError `certificate-invalid` if an entry is malformed */
export function countRevoked(entries: Buffer): number {
  let count = 0;
  forEachSerial(entries, () => {
    count += 1;
  });
  return count;
}

/**
 * Serials as `Certificate.serialNumber` prints them.
 *
 * @param count how many there are at most
 * @throws MutualError `certificate-invalid`
 */
export function readRevokedSerials(entries: Buffer, count: number = countRevoked(entries)): SerialSet {
  const serials = createSerialSetBuilder(entries, count);
  forEachSerial(entries, (start, end) => {
    const first = entries[start] ?? 0;
    if (first >= 0x80) serials.addNegative(printInteger(entries.subarray(start, end)));
    else serials.add(first === 0 && end - start > 1 ? start + 1 : start, end);
  });
  return serials.build();
}

/** Calls back with the range of the serial's bytes of every entry `{ serial, date, extensions? }`. */
function forEachSerial(entries: Buffer, visit: (start: number, end: number) => void): void {
  let at = 0;
  while (at < entries.length) {
    const content = contentOf(entries, at, derTags.sequence, entries.length);
    const end = endOf(entries, at, content, entries.length);
    const serial = contentOf(entries, content, derTags.integer, end);
    const serialEnd = endOf(entries, content, serial, end);
    const first = entries[serial] ?? 0;
    const isPadded = serialEnd - serial > 1 && first === 0 && (entries[serial + 1] ?? 0) < 0x80;
    if (serial === serialEnd || isPadded) refuseDer(`serial of the entry at ${at}`);
    const dateTag = entries[serialEnd] === derTags.utcTime ? derTags.utcTime : derTags.generalizedTime;
    const date = contentOf(entries, serialEnd, dateTag, end);
    const dateEnd = endOf(entries, serialEnd, date, end);
    if (dateEnd !== end) {
      const extensions = contentOf(entries, dateEnd, derTags.sequence, end);
      if (endOf(entries, dateEnd, extensions, end) !== end) refuseDer(`entry at ${at} has something behind it`);
    }
    visit(serial, serialEnd);
    at = end;
  }
}

/** Where the content of the element at `at` starts. Entries are short: lengths of at most two octets. */
function contentOf(bytes: Buffer, at: number, tag: number, limit: number): number {
  const length = bytes[at + 1] ?? 0;
  const content = at + 2 + (length < 0x80 ? 0 : length - 0x80);
  if (bytes[at] !== tag || content > limit || length === 0x80 || length > 0x82) refuseDer(`entry malformed at ${at}`);
  return content;
}

/** Where the element at `at`, whose content starts at `content`, ends. */
function endOf(bytes: Buffer, at: number, content: number, limit: number): number {
  const octets = content - at - 2;
  const length = octets === 0 ? (bytes[at + 1] ?? 0) : bytes.readUIntBE(at + 2, octets);
  if (content + length > limit || (octets > 0 && length < (octets === 1 ? 0x80 : 0x100))) {
    refuseDer(`entry malformed at ${at}`);
  }
  return content + length;
}
