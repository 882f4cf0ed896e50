// The head of an upstream's response comes in as bytes, cut anywhere; out comes the head, with where its body ends, or
// that more bytes are needed, or what is wrong with it. Two ways to read a response are one too many: then it is invalid.

import type { BodyLength } from '../../accept/http1/body-reader.ts';
import { byte } from '../../accept/http1/byte-classes.ts';
import { FieldSpans, fieldLines, fieldsOf, isName, readFieldLines } from '../../accept/http1/field-lines.ts';
import { namesClose } from '../../accept/http1/request-head-parser.ts';

export interface ParsedResponseHead {
  readonly kind: 'head';
  readonly status: number;
  /** Any bytes but line ends. */
  readonly statusText: string;
  /** Name and value in turn. */
  readonly rawHeaders: readonly string[];
  /** As the fields say; status and method of the request may know better. Undefined: a response of status 1xx. */
  readonly length: BodyLength;
  /** Whether the connection can be used again when the body has been read. */
  readonly persistent: boolean;
  /** The value of a Keep-Alive field. */
  readonly keepAlive: string | undefined;
  /** The index behind the head. */
  readonly end: number;
}

export type ResponseHeadResult =
  | ParsedResponseHead
  | { readonly kind: 'incomplete' }
  /** In words that follow the name of the server. */
  | { readonly kind: 'invalid'; readonly reason: string; readonly code?: 'too-large' };

export type ResponseHeadParser = (bytes: Buffer, from: number) => ResponseHeadResult;

/** Bytes of a response head; nginx's `proxy_buffer_size` is far smaller, so nothing that works there is cut. */
const maxResponseHeadBytes = 65_536;

const version = Buffer.from('HTTP/1.');
const incomplete = { kind: 'incomplete' } as const;

export function createResponseHeadParser(): ResponseHeadParser {
  const spans = new FieldSpans();
  const rules = { maxFields: Number.POSITIVE_INFINITY };

  return (bytes, from) => {
    const end = bytes.length;
    let at = from;
    for (let i = 0; i < version.length; i += 1, at += 1) {
      if (at >= end) return incomplete;
      if (bytes[at] !== version[i]) return invalid('does not answer in HTTP/1');
    }
    // The minor version, SP, three digits, and SP with a text or nothing.
    if (at + 5 > end) return incomplete;
    const minor = (bytes[at] as number) - byte.zero;
    const status = digits(bytes, at + 2);
    if ((minor !== 0 && minor !== 1) || bytes[at + 1] !== byte.space || status === undefined) {
      return invalid('does not answer with a status line of HTTP/1');
    }
    at += 5;
    const textStart = at;
    while (at < end && bytes[at] !== byte.carriageReturn && bytes[at] !== byte.lineFeed) at += 1;
    if (at + 1 >= end) return at - from > maxResponseHeadBytes ? tooLarge : incomplete;
    if (bytes[at] !== byte.carriageReturn || bytes[at + 1] !== byte.lineFeed) {
      return invalid('answers with a status line that does not end in CR LF');
    }
    if (at > textStart && bytes[textStart] !== byte.space)
      return invalid('answers with a status of more than three digits');
    const textEnd = at;
    const headEnd = readFieldLines(bytes, at + 2, spans, rules);
    if (headEnd === fieldLines.incomplete) return end - from > maxResponseHeadBytes ? tooLarge : incomplete;
    if (headEnd < 0) return invalid(`does not answer in HTTP: ${spans.fault}`);
    if (headEnd - from > maxResponseHeadBytes) return tooLarge;
    const text = bytes.toString('latin1', from, headEnd);
    const statusText = textEnd > textStart + 1 ? text.slice(textStart + 1 - from, textEnd - from) : '';
    return headOf(bytes, from, status, statusText, minor, text, headEnd);
  };

  function headOf(
    bytes: Buffer,
    from: number,
    status: number,
    statusText: string,
    minor: number,
    text: string,
    end: number,
  ): ResponseHeadResult {
    const rawHeaders = fieldsOf(spans, text, from);
    let length: BodyLength = 'until-close';
    let codings = 0;
    let close = minor === 0;
    let keepAlive: string | undefined;
    for (let field = 0; field < spans.count; field += 1) {
      const nameStart = spans.spans[4 * field] as number;
      const nameLength = (spans.spans[4 * field + 1] as number) - nameStart;
      const value = rawHeaders[2 * field + 1] as string;
      if (nameLength === 14 && isName(bytes, nameStart, 'content-length')) {
        const announced = lengthOf(value);
        if (announced === undefined)
          return invalid(`answers with the Content-Length ${JSON.stringify(value.slice(0, 100))}`);
        if (length !== 'until-close') return invalid('answers with two lengths');
        length = announced;
      } else if (nameLength === 17 && isName(bytes, nameStart, 'transfer-encoding')) {
        // Any other coding would be taken off by nobody, and its name stays behind with the connection's own fields.
        if (value.toLowerCase() !== 'chunked') {
          return invalid(`answers with the transfer coding ${value}, which nobody asked for`);
        }
        codings += 1;
      } else if (nameLength === 10) {
        if (isName(bytes, nameStart, 'connection')) {
          if (namesClose(value)) close = true;
          else if (minor === 0 && value.toLowerCase().includes('keep-alive')) close = false;
        } else if (isName(bytes, nameStart, 'keep-alive')) keepAlive = value;
      }
    }
    if (codings > 1) return invalid('answers with the coding chunked twice');
    if (codings === 1) {
      if (length !== 'until-close') return invalid('answers with a length and with chunks');
      length = 'chunked';
    }
    const persistent = !close;
    return { kind: 'head', status, statusText, rawHeaders, length, persistent, keepAlive, end };
  }
}

const tooLarge: ResponseHeadResult = {
  kind: 'invalid',
  reason: 'sends a response head that is too large',
  code: 'too-large',
};

function digits(bytes: Buffer, at: number): number | undefined {
  let number = 0;
  for (let i = at; i < at + 3; i += 1) {
    const digit = (bytes[i] as number) - byte.zero;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}

function lengthOf(value: string): number | undefined {
  let length = 0;
  for (let i = 0; i < value.length; i += 1) {
    const digit = value.charCodeAt(i) - byte.zero;
    if (digit < 0 || digit > 9) return undefined;
    length = length * 10 + digit;
  }
  return value === '' || !Number.isSafeInteger(length) ? undefined : length;
}

function invalid(reason: string): ResponseHeadResult {
  return { kind: 'invalid', reason };
}
