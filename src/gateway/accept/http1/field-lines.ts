// The field lines of an HTTP/1.1 head or trailer section come in as bytes; where each name and value stands goes out.
// The grammar is that of RFC 9112 section 5 and not a byte more: no folded lines, no space before the colon, no line end
// but CR LF. Nothing is copied and nothing is decided by name here.

import { byte, isBlankByte, isTokenByte, isValueByte, lowerCase } from './byte-classes.ts';

/** What `readFieldLines` returns in place of the end. */
export const fieldLines = { incomplete: -1, invalid: -2, tooMany: -3 } as const;

/** How the lines may be written beyond the grammar. Strict is the default. */
export interface LineRules {
  /** The most fields. */
  readonly maxFields: number;
  /** Whether LF alone ends a line (RFC 9112 section 2.2 allows a recipient that). */
  readonly bareLineFeeds?: boolean;
}

/** Where names and values stand, four numbers a field. One object serves many heads, one after the other. */
export class FieldSpans {
  count = 0;
  /** Bytes of all names and values. */
  bytes = 0;
  spans = new Int32Array(4 * 32);
  /** What is wrong, after `invalid`. */
  fault = '';

  add(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const at = 4 * this.count;
    if (at === this.spans.length) {
      const longer = new Int32Array(2 * at);
      longer.set(this.spans);
      this.spans = longer;
    }
    this.spans[at] = nameStart;
    this.spans[at + 1] = nameEnd;
    this.spans[at + 2] = valueStart;
    this.spans[at + 3] = valueEnd;
    this.bytes += nameEnd - nameStart + valueEnd - valueStart;
    this.count += 1;
  }
}

/**
 * Reads field lines from `at` up to and including the empty line behind them.
 *
 * @returns the index behind the empty line, or a negative number of `fieldLines`
 */
export function readFieldLines(bytes: Uint8Array, from: number, into: FieldSpans, rules: LineRules): number {
  const { maxFields, bareLineFeeds = false } = rules;
  const end = bytes.length;
  let at = from;
  into.count = 0;
  into.bytes = 0;
  for (;;) {
    if (at >= end) return fieldLines.incomplete;
    const first = bytes[at] as number;
    if (first === byte.carriageReturn) {
      if (at + 1 >= end) return fieldLines.incomplete;
      if (bytes[at + 1] === byte.lineFeed) return at + 2;
      return invalid(into, 'a carriage return without a line feed');
    }
    if (first === byte.lineFeed && bareLineFeeds) return at + 1;
    const nameStart = at;
    at = endOfRun(bytes, at, isTokenByte);
    if (at >= end) return fieldLines.incomplete;
    const nameEnd = at;
    if (bytes[at] !== byte.colon || at === nameStart) return invalid(into, nameFault(first, bytes[at] as number));
    const valueStart = endOfRun(bytes, at + 1, isBlankByte);
    at = endOfRun(bytes, valueStart, isValueByte);
    if (at >= end) return fieldLines.incomplete;
    let valueEnd = at;
    if (bytes[at] === byte.carriageReturn) {
      at += 1;
      if (at >= end) return fieldLines.incomplete;
      if (bytes[at] !== byte.lineFeed) return invalid(into, 'a carriage return without a line feed');
    } else if (bytes[at] !== byte.lineFeed) {
      return invalid(into, 'a control character in a value');
    } else if (!bareLineFeeds) {
      return invalid(into, 'a line feed without a carriage return');
    }
    at += 1;
    while (valueEnd > valueStart && isBlankByte[bytes[valueEnd - 1] as number] === 1) valueEnd -= 1;
    if (into.count >= maxFields) return fieldLines.tooMany;
    into.add(nameStart, nameEnd, valueStart, valueEnd);
  }
}

/** Whether the bytes from `at` on are this name, in any letter case; the length has been compared before. */
export function isName(bytes: Uint8Array, at: number, lowerCaseName: string): boolean {
  for (let i = 0; i < lowerCaseName.length; i += 1) {
    if (lowerCase[bytes[at + i] as number] !== lowerCaseName.charCodeAt(i)) return false;
  }
  return true;
}

/** Name and value in turn. @param text the bytes from `start` on, one character a byte */
export function fieldsOf({ spans, count }: FieldSpans, text: string, start: number): string[] {
  const fields: string[] = [];
  for (let at = 0; at < 4 * count; at += 4) {
    fields.push(
      text.slice((spans[at] as number) - start, (spans[at + 1] as number) - start),
      text.slice((spans[at + 2] as number) - start, (spans[at + 3] as number) - start),
    );
  }
  return fields;
}

/** The first index from `at` on whose byte is not of this class. */
export function endOfRun(bytes: Uint8Array, from: number, isOfClass: Uint8Array): number {
  let at = from;
  while (at < bytes.length && isOfClass[bytes[at] as number] === 1) at += 1;
  return at;
}

function invalid(into: FieldSpans, fault: string): number {
  into.fault = fault;
  return fieldLines.invalid;
}

/** @param first of the line @param code where the name ends */
function nameFault(first: number, code: number): string {
  if (isBlankByte[first] === 1) return 'a folded line';
  if (isBlankByte[code] === 1) return 'a space in a name or before the colon';
  if (code === byte.lineFeed || code === byte.carriageReturn) return 'a line without a colon';
  return first === byte.colon ? 'a field without a name' : 'a byte in a name that is no token';
}
