// The head of an HTTP/1.1 request comes in as bytes, cut anywhere; out comes the head, or that more bytes are needed, or why
// this parser leaves it to another one. It takes exactly the grammar of RFC 9112 sections 3 and 5, and of that only what
// is plain to forward: whatever it hands out can be read in one way.

import { METHODS } from 'node:http';
import type { Fields } from '../head-fields.ts';
import type { RequestHead } from '../request-head.ts';
import { byte, isTargetByte, isTokenByte } from './byte-classes.ts';
import { endOfRun, FieldSpans, fieldLines, fieldsOf, isName, type LineRules, readFieldLines } from './field-lines.ts';
import type { FieldMemory, KnownFields } from './field-memory.ts';

export interface RequestHeadRules extends LineRules {
  /** Of the whole head, its line ends included. */
  readonly maxHeadBytes: number;
}

export type RequestHeadResult =
  | ParsedRequestHead
  | { readonly kind: 'incomplete' }
  | NotSimple
  /** No HTTP. */
  | { readonly kind: 'invalid'; readonly reason: string };

/** Valid, as far as it was read, and more than a plain request: upgrades, expectations, other versions, limits passed. */
interface NotSimple {
  readonly kind: 'not-simple';
  readonly reason: string;
}

/** A head that was read whole. Two of its kind are equal if their bytes are. */
export class ParsedRequestHead implements RequestHead {
  readonly kind = 'head';
  readonly httpVersion = '1.1';
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  /** What `readFields` would find in `rawHeaders`. */
  readonly fields: Fields;
  /** Whether a Connection field asks to end the connection (RFC 9112 section 9.6). */
  readonly close: boolean;
  /** The index behind the head. */
  readonly end: number;

  constructor(method: string, target: string, { rawHeaders, fields, close }: KnownFields, end: number) {
    this.method = method;
    this.target = target;
    this.rawHeaders = rawHeaders;
    this.fields = fields;
    this.close = close;
    this.end = end;
  }
}

/** Reads the head that begins at an index of `bytes`. @param memory of the connection: changes the time it takes alone */
export type RequestHeadParser = (bytes: Buffer, from: number, memory?: FieldMemory) => RequestHeadResult;

/** CONNECT asks for a tunnel; anything that is not in the list is no method to Node's parser. */
const methods: ReadonlySet<string> = new Set(METHODS.filter((method) => method !== 'CONNECT'));
const longestMethod = Math.max(...METHODS.map((method) => method.length));

const versionLine = Buffer.from('HTTP/1.1\r\n');
const incomplete = { kind: 'incomplete' } as const;
/** Shared by all that have no such field: nobody changes it. */
const none: readonly string[] = [];

export function createRequestHeadParser(rules: RequestHeadRules): RequestHeadParser {
  const { maxHeadBytes, bareLineFeeds = false } = rules;
  const spans = new FieldSpans();

  return (bytes, from, memory) => {
    const end = bytes.length;
    const methodEnd = endOfRun(bytes, from, isTokenByte);
    let at = methodEnd;
    if (methodEnd - from > longestMethod) return invalid(unknownMethod);
    if (at >= end) return beginsMethod(bytes.toString('latin1', from, at)) ? incomplete : invalid(unknownMethod);
    if (bytes[at] !== byte.space || at === from) return startFault(bytes[from] as number);
    const method = methodOf(bytes, from, methodEnd);
    if (!methods.has(method)) return notSimple(`the method ${method}`);
    at += 1;
    const targetStart = at;
    if (at < end && bytes[at] !== byte.slash) return notSimple('a target that is no path');
    const targetEnd = endOfRun(bytes, at, isTargetByte);
    at = targetEnd;
    if (at >= end) return tooLong(end - from) ?? incomplete;
    if (bytes[at] !== byte.space) return invalid('a byte in the target that is not visible ASCII');
    at += 1;
    for (let i = 0; i < versionLine.length; i += 1, at += 1) {
      if (at >= end) return incomplete;
      if (bytes[at] === versionLine[i]) continue;
      if (i === 8 && bareLineFeeds && bytes[at] === byte.lineFeed) {
        at += 1;
        break;
      }
      return i < 8 ? notSimple('another version than HTTP/1.1') : invalid('a request line that does not end in CR LF');
    }
    const known = memory?.lengthAt(bytes, at, rules) ?? 0;
    const headEnd = known > 0 ? at + known : readFieldLines(bytes, at, spans, rules);
    if (headEnd < 0) {
      if (headEnd === fieldLines.incomplete) return tooLong(end - from) ?? incomplete;
      return headEnd === fieldLines.tooMany ? notSimple('more fields than allowed') : invalid(spans.fault);
    }
    const long = tooLong(headEnd - from);
    if (long !== undefined) return long;
    const target = bytes.toString('latin1', targetStart, targetEnd);
    if (known > 0 && memory !== undefined) return new ParsedRequestHead(method, target, memory.known, headEnd);
    const fields = fieldsRead(bytes, at, headEnd);
    if ('reason' in fields) return fields;
    memory?.remember(bytes, at, headEnd, fields, rules);
    return new ParsedRequestHead(method, target, fields, headEnd);
  };

  function tooLong(length: number): RequestHeadResult | undefined {
    return length > maxHeadBytes ? notSimple('a longer head than allowed') : undefined;
  }

  function fieldsRead(bytes: Buffer, from: number, end: number): KnownFields | NotSimple {
    const text = bytes.toString('latin1', from, end);
    const rawHeaders = fieldsOf(spans, text, from);
    let hosts = none;
    let contentLengths = none;
    let transferEncodings = none;
    let close = false;
    for (let field = 0; field < spans.count; field += 1) {
      const nameStart = spans.spans[4 * field] as number;
      const nameLength = (spans.spans[4 * field + 1] as number) - nameStart;
      const value = rawHeaders[2 * field + 1] as string;
      // By length first: nearly every name is done with that.
      if (nameLength === 4 && isName(bytes, nameStart, 'host')) {
        hosts = added(hosts, value);
      } else if (nameLength === 14 && isName(bytes, nameStart, 'content-length')) {
        contentLengths = added(contentLengths, value);
      } else if (nameLength === 17 && isName(bytes, nameStart, 'transfer-encoding')) {
        transferEncodings = added(transferEncodings, value);
      } else if (nameLength === 10 && isName(bytes, nameStart, 'connection')) {
        close ||= namesClose(value);
      } else if (nameLength === 6 && isName(bytes, nameStart, 'expect')) {
        return notSimple('an expectation');
      } else if (nameLength === 7 && isName(bytes, nameStart, 'upgrade')) {
        return notSimple('a wish to switch protocols');
      }
    }
    const fields = { hosts, contentLengths, transferEncodings, host: undefined, isFramed: false };
    return { rawHeaders, fields, close };
  }
}

const unknownMethod = 'a method that nobody knows';

function beginsMethod(text: string): boolean {
  return text === '' || METHODS.some((method) => method.startsWith(text));
}

/** The two most common ones without a call into the runtime. */
function methodOf(bytes: Buffer, from: number, end: number): string {
  const first = bytes[from];
  if (end - from === 3 && first === 0x47 && bytes[from + 1] === 0x45 && bytes[from + 2] === 0x54) return 'GET';
  if (end - from === 4 && first === 0x50 && bytes[from + 1] === 0x4f && bytes[from + 2] === 0x53)
    return methodPost(bytes, from);
  return bytes.toString('latin1', from, end);
}

function methodPost(bytes: Buffer, from: number): string {
  return bytes[from + 3] === 0x54 ? 'POST' : bytes.toString('latin1', from, from + 4);
}

function added(values: readonly string[], value: string): readonly string[] {
  return values.length === 0 ? [value] : [...values, value];
}

/** RFC 9110 section 7.6.1: a list of tokens in any letter case. */
export function namesClose(connection: string): boolean {
  if (connection.length < 5) return false;
  const options = connection.toLowerCase();
  if (options === 'close') return true;
  return options.includes('close') && options.split(',').some((option) => option.trim() === 'close');
}

function startFault(first: number): RequestHeadResult {
  // RFC 9112 section 2.2 has a server ignore empty lines before a request.
  if (first === byte.carriageReturn || first === byte.lineFeed) return notSimple('an empty line before the request');
  return invalid('a request line that does not begin with a method and a space');
}

function notSimple(reason: string): NotSimple {
  return { kind: 'not-simple', reason };
}

function invalid(reason: string): RequestHeadResult {
  return { kind: 'invalid', reason };
}
