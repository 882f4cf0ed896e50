// PEM text in, its blocks out, strictly: a block that is cut or damaged is an error with its line and is
// never skipped, because OpenSSL skips silently and then trusts less, or more, than the file says.

import { MutualError } from '../errors.ts';

export interface PemBlock {
  /** `CERTIFICATE`, `X509 CRL`, `PRIVATE KEY`, … */
  readonly label: string;
  /** The decoded content. Of a key with `Proc-Type` headers this is ciphertext. */
  readonly der: Buffer;
  /** Line of the BEGIN marker, counted from 1. */
  readonly line: number;
  /** The block alone, BEGIN to END, headers included, with a newline at the end. */
  readonly text: string;
}

/**
 * Every block of a text in order; text between blocks is ignored.
 *
 * @param source name of the file, for errors
 * @throws MutualError `pem-invalid` with `source:line`
 */
export function parsePem(text: string | Buffer, source: string): PemBlock[] {
  const lines = (typeof text === 'string' ? text : text.toString('latin1')).split(/\r\n|\n|\r/);
  // A byte order mark, as UTF-8 or decoded, would hide the first block.
  lines[0] = (lines[0] ?? '').replace(/^(?:\u00ef\u00bb\u00bf|\ufeff)/, '');
  const blocks: PemBlock[] = [];
  let index = 0;
  while (index < lines.length) {
    const line = lines[index]?.trim() ?? '';
    if (line.startsWith('-----END')) refuse(source, index, `${quote(line)} without a BEGIN line before it`);
    if (line.startsWith('-----BEGIN')) {
      const end = findEnd(lines, index, source);
      blocks.push(readBlock(lines.slice(index, end + 1), index, source));
      index = end;
    }
    index += 1;
  }
  const last = lines.at(-1) ?? '';
  if (last !== '' && beginMarker.startsWith(last)) refuse(source, lines.length - 1, 'the file is cut in a BEGIN line');
  return blocks;
}

const beginMarker = '-----BEGIN ';

/** One PEM block (RFC 7468): lines of 64 characters and a newline at the end. */
export function printPem(label: string, der: Buffer): string {
  const body = der.toString('base64').replaceAll(/.{1,64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${body}-----END ${label}-----\n`;
}

function findEnd(lines: readonly string[], begin: number, source: string): number {
  for (let index = begin + 1; index < lines.length; index += 1) {
    const line = lines[index]?.trim() ?? '';
    if (line.startsWith('-----END')) return index;
    if (line.startsWith('-----')) break;
  }
  return refuse(source, begin, `${quote(lines[begin]?.trim() ?? '')} has no END line; the file may be cut`);
}

function readBlock(rawLines: readonly string[], index: number, source: string): PemBlock {
  const lines = rawLines.map((line) => line.trim());
  const begin = lines[0] ?? '';
  const end = lines.at(-1) ?? '';
  const label = /^-----BEGIN ([!-~][ -~]*)-----$/.exec(begin)?.[1];
  if (label === undefined) refuse(source, index, `malformed line ${quote(begin)}; a marker needs a line of its own`);
  const endIndex = index + lines.length - 1;
  if (end !== `-----END ${label}-----`) {
    const hint = end.includes('-----BEGIN') ? '; a newline is missing between two blocks' : '';
    refuse(source, endIndex, `"-----END ${label}-----" expected, ${quote(end)} found${hint}`);
  }
  const body = lines.slice(1 + countHeaderLines(lines), -1).join('');
  if (body === '') refuse(source, index, `the ${label} block is empty`);
  const der = Buffer.from(body, 'base64');
  // Buffer skips characters that are no base64 and forgives missing ones; printing it again shows both.
  if (der.toString('base64') !== body) refuse(source, index, `the ${label} block is not valid base64`);
  return { label, der, line: index + 1, text: `${lines.join('\n')}\n` };
}

/** Lines of the RFC 1421 headers of an old encrypted key (`Proc-Type: 4,ENCRYPTED`), with the blank line behind. */
function countHeaderLines(lines: readonly string[]): number {
  if (!lines[1]?.includes(':')) return 0;
  const blank = lines.indexOf('', 1);
  return blank === -1 ? 0 : blank;
}

function refuse(source: string, index: number, reason: string): never {
  throw new MutualError('pem-invalid', `${source}:${index + 1}: ${reason}`);
}

/** A line for an error message, too short to give away a key that was pasted behind its marker. */
function quote(line: string): string {
  return JSON.stringify(line.length > 40 ? `${line.slice(0, 40)}…` : line);
}
