// The head of an upstream's response (ngx_http_parse_status_line, ngx_http_proxy_process_header): bytes in, a head out, or
// what is wrong with it.

import { type HeaderField, parseHeaderLine } from '../parse/header-line.ts';

export interface UpstreamHead {
  readonly status: number;
  /** `200 OK`, as it came. */
  readonly statusLine: string;
  /** 9 for a response without a head. */
  readonly version: number;
  readonly fields: readonly HeaderField[];
  /** Bytes of the head. */
  readonly length: number;
}

export type HeadParse = UpstreamHead | 'incomplete' | { readonly fault: string };

const statusLine = /^HTTP\/(\d+)\.(\d+) +((\d{3})(?:[ .].*)?)$/;

export function parseUpstreamHead(bytes: Buffer): HeadParse {
  const firstEnd = bytes.indexOf(0x0a);
  if (firstEnd === -1) {
    const begun = bytes.toString('latin1', 0, Math.min(bytes.length, 5));
    return 'HTTP/'.startsWith(begun) || begun === 'HTTP/' ? 'incomplete' : noHead();
  }
  const first = lineAt(bytes, 0, firstEnd);
  const match = statusLine.exec(first);
  if (match === null) return noHead();
  const [, major, minor, text = '', status] = match;
  const fields: HeaderField[] = [];
  for (let at = firstEnd + 1; ; ) {
    const end = bytes.indexOf(0x0a, at);
    if (end === -1) return 'incomplete';
    const line = lineAt(bytes, at, end);
    at = end + 1;
    if (line === '') {
      const version = Number(major) * 1000 + Number(minor);
      return { status: Number(status), statusLine: text, version, fields, length: at };
    }
    const parsed = parseHeaderLine(line, true);
    if (parsed === 'malformed') return { fault: `upstream sent invalid header: "${line}"` };
    fields.push({ name: parsed.name, lowerName: parsed.lowerName, value: parsed.value });
  }
}

function lineAt(bytes: Buffer, from: number, end: number): string {
  return bytes.toString('latin1', from, end > from && bytes[end - 1] === 0x0d ? end - 1 : end);
}

/** A response of HTTP/0.9: everything is body. */
function noHead(): UpstreamHead {
  return { status: 200, statusLine: '200 OK', version: 9, fields: [], length: 0 };
}
