// A chunked body (RFC 9112 section 7.1) comes in as bytes, cut anywhere; out comes which of them may be passed on as they
// are. Sizes, data and line ends pass; extensions, zeros before a size, the last chunk and the trailers stay here. The
// grammar is taken to the letter: what another reader could take for a chunk more or less is a fault.

import { byte, hexValue, isTokenByte, isValueByte } from './byte-classes.ts';
import { FieldSpans, fieldLines, fieldsOf, isName, readFieldLines } from './field-lines.ts';

export interface ChunkedRules {
  /** Of all trailer fields together. */
  readonly maxTrailerBytes: number;
  readonly maxTrailers: number;
  /** Whether a Transfer-Encoding among the trailers is let be, as Node's parser does in responses; it is passed on by nobody. */
  readonly mayNameCoding?: boolean;
}

/** Bytes of all chunk extensions of a body: they carry nothing, and must not carry it for ever (CVE-2024-22019). */
const maxExtensionBytes = 16_384;

const state = {
  sizeStart: 0,
  size: 1,
  extensionName: 2,
  extensionValueStart: 3,
  extensionValue: 4,
  quoted: 5,
  quotedPair: 6,
  afterQuoted: 7,
  sizeLineFeed: 8,
  data: 9,
  dataCarriageReturn: 10,
  dataLineFeed: 11,
  trailers: 12,
  done: 13,
} as const;

export class ChunkedReader {
  /** Pairs of indexes into the bytes read last: what may be passed on, also of what stands before a fault. */
  readonly spans: number[] = [];
  /** Bytes of data among what was read last. */
  payload = 0;
  done = false;
  /** What is wrong; nothing may be read after it. */
  fault: string | undefined;
  /** Trailers came to more than the rules allow: `fault` is set, too. */
  tooLarge = false;
  /** Name and value in turn, once `done`. */
  trailers: readonly string[] = [];
  readonly #rules: ChunkedRules;
  #state: number = state.sizeStart;
  /** Of the chunk, as read so far; then what is left of it. */
  #left = 0;
  #extensionBytes = 0;
  #extensionEmpty = true;
  #trailerBytes: Buffer | undefined;

  constructor(rules: ChunkedRules) {
    this.#rules = rules;
  }

  /** @returns the index behind what belongs to the body; the end of `bytes` unless it is done */
  read(bytes: Buffer, from: number): number {
    this.spans.length = 0;
    this.payload = 0;
    const end = bytes.length;
    let at = from;
    /** Where the span begins that is open; -1: none is. */
    let open = this.#passes() ? from : -1;
    const close = (until: number): void => {
      if (open !== -1 && until > open) this.#addSpan(open, until);
      open = -1;
    };
    while (at < end) {
      if (this.#state === state.data) {
        const taken = Math.min(this.#left, end - at);
        at += taken;
        this.payload += taken;
        this.#left -= taken;
        if (this.#left === 0) this.#state = state.dataCarriageReturn;
        continue;
      }
      if (this.#state === state.trailers) {
        close(at);
        return this.#readTrailers(bytes, at);
      }
      const code = bytes[at] as number;
      switch (this.#state) {
        case state.sizeStart:
        case state.size: {
          const digit = hexValue[code] as number;
          if (digit !== 255) {
            // Leading zeros stay here: somebody else may count them.
            if (open === -1 && digit !== 0) open = at;
            this.#left = this.#left * 16 + digit;
            if (this.#left > Number.MAX_SAFE_INTEGER) return this.#fail('a chunk size beyond all numbers', end);
            this.#state = state.size;
            break;
          }
          if (this.#state === state.sizeStart) return this.#fail('a chunk size that is no number', end);
          if (code === byte.carriageReturn) {
            this.#state = state.sizeLineFeed;
            // The carriage return behind an extension begins a span of its own.
            if (this.#left > 0 && open === -1) open = at;
            break;
          }
          if (code !== byte.semicolon) return this.#fail('a byte in a chunk size that is no digit', end);
          close(at);
          this.#beginExtension();
          break;
        }
        case state.sizeLineFeed:
          if (code !== byte.lineFeed) return this.#fail('a chunk size that does not end in CR LF', end);
          this.#state = this.#left === 0 ? state.trailers : state.data;
          break;
        case state.dataCarriageReturn:
          if (code !== byte.carriageReturn) return this.#fail('a chunk that does not end where its size says', end);
          this.#state = state.dataLineFeed;
          break;
        case state.dataLineFeed:
          if (code !== byte.lineFeed) return this.#fail('a chunk that does not end in CR LF', end);
          close(at + 1);
          this.#state = state.sizeStart;
          break;
        default: {
          const fault = this.#readExtension(code);
          if (fault !== undefined) return this.#fail(fault, end);
          if (this.#state === state.sizeLineFeed && this.#left > 0) open = at;
        }
      }
      at += 1;
    }
    close(end);
    return end;
  }

  /** Whether the next byte goes on with what has been passed on. */
  #passes(): boolean {
    const at = this.#state;
    if (at === state.size || at === state.sizeLineFeed) return this.#left > 0;
    return at === state.data || at === state.dataCarriageReturn || at === state.dataLineFeed;
  }

  /** What follows on a span at once makes it longer: most bodies are one span. */
  #addSpan(start: number, end: number): void {
    const last = this.spans.length - 1;
    if (last > 0 && this.spans[last] === start) this.spans[last] = end;
    else this.spans.push(start, end);
  }

  #beginExtension(): void {
    this.#state = state.extensionName;
    this.#extensionEmpty = true;
  }

  /** `*( ";" token [ "=" ( token / quoted-string ) ] )`, without the blanks that nobody may send. */
  #readExtension(code: number): string | undefined {
    this.#extensionBytes += 1;
    if (this.#extensionBytes > maxExtensionBytes) return 'chunk extensions that are too long';
    switch (this.#state) {
      case state.extensionName:
      case state.extensionValue:
        if (isTokenByte[code] === 1) {
          this.#extensionEmpty = false;
          return undefined;
        }
        if (this.#extensionEmpty) return 'an empty chunk extension';
        if (code === byte.equals && this.#state === state.extensionName) {
          this.#state = state.extensionValueStart;
          return undefined;
        }
        return this.#endExtension(code);
      case state.extensionValueStart:
        if (code === byte.quote) this.#state = state.quoted;
        else if (isTokenByte[code] === 1) this.#state = state.extensionValue;
        else return 'a chunk extension without a value';
        return undefined;
      case state.quoted:
        if (code === byte.quote) this.#state = state.afterQuoted;
        else if (code === byte.backslash) this.#state = state.quotedPair;
        else if (isValueByte[code] !== 1) return 'a control character in a chunk extension';
        return undefined;
      case state.quotedPair:
        if (isValueByte[code] !== 1) return 'a control character in a chunk extension';
        this.#state = state.quoted;
        return undefined;
      default:
        return this.#endExtension(code);
    }
  }

  #endExtension(code: number): string | undefined {
    if (code === byte.carriageReturn) this.#state = state.sizeLineFeed;
    else if (code === byte.semicolon) this.#beginExtension();
    else return 'a byte in a chunk extension that may not stand there';
    return undefined;
  }

  #readTrailers(bytes: Buffer, from: number): number {
    const { maxTrailerBytes, maxTrailers, mayNameCoding = false } = this.#rules;
    const before = this.#trailerBytes;
    const all = before === undefined ? bytes.subarray(from) : Buffer.concat([before, bytes.subarray(from)]);
    const fields = new FieldSpans();
    const end = readFieldLines(all, 0, fields, { maxFields: maxTrailers });
    if (end === fieldLines.invalid) return this.#fail(`in the trailers: ${fields.fault}`, bytes.length);
    if (end === fieldLines.tooMany || Math.max(end, end < 0 ? all.length : 0) > maxTrailerBytes) {
      this.tooLarge = true;
      return this.#fail('more trailers than allowed', bytes.length);
    }
    if (end === fieldLines.incomplete) {
      this.#trailerBytes = Buffer.from(all);
      return bytes.length;
    }
    if (framesAnew(all, fields, mayNameCoding))
      return this.#fail('a trailer that says where a body ends', bytes.length);
    this.trailers = fieldsOf(fields, all.toString('latin1', 0, end), 0);
    this.#state = state.done;
    this.done = true;
    return from + end - (before?.length ?? 0);
  }

  #fail(fault: string, end: number): number {
    this.fault = fault;
    return end;
  }
}

/** RFC 9110 section 6.5.1: merged into the head by a recipient, these would reframe the message. */
function framesAnew(bytes: Buffer, { spans, count }: FieldSpans, mayNameCoding: boolean): boolean {
  for (let at = 0; at < 4 * count; at += 4) {
    const start = spans[at] as number;
    const length = (spans[at + 1] as number) - start;
    if (length === 14 && isName(bytes, start, 'content-length')) return true;
    if (length === 17 && !mayNameCoding && isName(bytes, start, 'transfer-encoding')) return true;
  }
  return false;
}
