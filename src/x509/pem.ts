// PEM text in, its blocks out, strictly: a block that is cut or damaged is an error with its line and is
// never skipped, because OpenSSL skips silently and then trusts less, or more, than the file says.

import { MutualError } from '../errors.ts';
import { decodeStrictBase64 } from './strict-base64.ts';

export interface PemBlock {
  /** `CERTIFICATE`, `X509 CRL`, `PRIVATE KEY`, … */
  readonly label: string;
  /** The decoded content. Of a key with `Proc-Type` headers this is ciphertext. */
  readonly der: Buffer;
  /** Line of the BEGIN marker, counted from 1. */
  readonly line: number;
  /** The block alone, BEGIN to END, headers included, with a newline at the end. Made when it is asked for. */
  readonly text: string;
}

/** Of the bytes of a file; the end is that of its text, without the line break. */
interface Line {
  readonly start: number;
  readonly end: number;
  /** Where the next line starts. */
  readonly next: number;
}

/**
 * Every block of a text in order; text between blocks is ignored.
 *
 * @param source name of the file, for errors
 * @throws MutualError `pem-invalid` with `source:line`
 */
export function parsePem(text: string | Buffer, source: string): PemBlock[] {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const blocks: PemBlock[] = [];
  // A byte order mark would hide the first block.
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let last: Line = { start: at, end: at, next: at };
  for (let index = 0; at < bytes.length; index += 1) {
    last = lineAt(bytes, at);
    at = last.next;
    if (!isMarker(bytes, last)) continue;
    const marker = textOf(bytes, last);
    if (marker.startsWith('-----END')) refuse(source, index, `${quote(marker)} without a BEGIN line before it`);
    if (!marker.startsWith('-----BEGIN')) continue;
    const { block, lines, next } = readBlock(bytes, last, index, source);
    blocks.push(block);
    index += lines;
    at = next;
    last = { start: next, end: next, next };
  }
  const rest = bytes.toString('latin1', last.start, last.end);
  if (rest !== '' && last.next === last.end && beginMarker.startsWith(rest)) {
    refuse(source, countLines(bytes), 'the file is cut in a BEGIN line');
  }
  return blocks;
}

const beginMarker = '-----BEGIN ';

const lineLength = 64;

/** One PEM block (RFC 7468): lines of 64 characters and a newline at the end. */
export function printPem(label: string, der: Buffer): string {
  // Copied line by line within one buffer: a list of a hundred thousand entries would make seventy thousand strings.
  const body = Buffer.from(der.toString('base64'), 'latin1');
  const lines = Buffer.allocUnsafe(body.length + Math.ceil(body.length / lineLength));
  let length = 0;
  for (let at = 0; at < body.length; at += lineLength) {
    length += body.copy(lines, length, at, Math.min(at + lineLength, body.length));
    lines[length] = newline;
    length += 1;
  }
  return `-----BEGIN ${label}-----\n${lines.toString('latin1')}-----END ${label}-----\n`;
}

const newline = 0x0a;
const carriageReturn = 0x0d;
const dash = 0x2d;

/** Lines end as on Unix, Windows, or Macs of old. */
function lineAt(bytes: Buffer, start: number): Line {
  let end = start;
  while (end < bytes.length && bytes[end] !== newline && bytes[end] !== carriageReturn) end += 1;
  const isPair = bytes[end] === carriageReturn && bytes[end + 1] === newline;
  return { start, end, next: Math.min(bytes.length, end + (isPair ? 2 : 1)) };
}

function isMarker(bytes: Buffer, { start, end }: Line): boolean {
  let at = start;
  while (at < end && (bytes[at] as number) <= 0x20) at += 1;
  for (let dashes = 0; dashes < 5; dashes += 1) if (bytes[at + dashes] !== dash) return false;
  return at + 5 <= end;
}

function textOf(bytes: Buffer, { start, end }: Line): string {
  return bytes.toString('latin1', start, end).trim();
}

interface Found {
  readonly block: PemBlock;
  /** How many more lines it has than its first. */
  readonly lines: number;
  readonly next: number;
}

function readBlock(bytes: Buffer, first: Line, index: number, source: string): Found {
  const begin = textOf(bytes, first);
  let lines = 0;
  let line = first;
  do {
    if (line.next >= bytes.length) refuseCut(begin, index, source);
    line = lineAt(bytes, line.next);
    lines += 1;
  } while (!isMarker(bytes, line));
  const end = textOf(bytes, line);
  if (!end.startsWith('-----END')) refuseCut(begin, index, source);
  const label = /^-----BEGIN ([!-~][ -~]*)-----$/.exec(begin)?.[1];
  if (label === undefined) refuse(source, index, `malformed line ${quote(begin)}; a marker needs a line of its own`);
  if (end !== `-----END ${label}-----`) {
    const hint = end.includes('-----BEGIN') ? '; a newline is missing between two blocks' : '';
    refuse(source, index + lines, `"-----END ${label}-----" expected, ${quote(end)} found${hint}`);
  }
  const body = bytes.subarray(bodyStart(bytes, first.next, line.start), line.start);
  const der = decodeStrictBase64(body);
  if (der === undefined) refuse(source, index, `the ${label} block is not valid base64`);
  if (der.length === 0) refuse(source, index, `the ${label} block is empty`);
  const whole = bytes.subarray(first.start, line.end);
  const block = {
    label,
    der,
    line: index + 1,
    get text() {
      const trimmed = whole.toString('latin1').split(/\r\n|\n|\r/);
      return `${trimmed.map((one) => one.trim()).join('\n')}\n`;
    },
  };
  return { block, lines, next: line.next };
}

/** Behind the RFC 1421 headers of an old encrypted key (`Proc-Type: 4,ENCRYPTED`) and the blank line after them. */
function bodyStart(bytes: Buffer, start: number, end: number): number {
  const first = lineAt(bytes, start);
  if (!textOf(bytes, first).includes(':')) return start;
  for (let line = first; line.next < end; ) {
    line = lineAt(bytes, line.next);
    if (textOf(bytes, line) === '') return line.next;
  }
  return start;
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = 0; at < bytes.length; at = lineAt(bytes, at).next) lines += 1;
  return lines - 1;
}

function refuseCut(begin: string, index: number, source: string): never {
  refuse(source, index, `${quote(begin)} has no END line; the file may be cut`);
}

function refuse(source: string, index: number, reason: string): never {
  throw new MutualError('pem-invalid', `${source}:${index + 1}: ${reason}`);
}

/** A line for an error message, too short to give away a key that was pasted behind its marker. */
function quote(line: string): string {
  return JSON.stringify(line.length > 40 ? `${line.slice(0, 40)}…` : line);
}
