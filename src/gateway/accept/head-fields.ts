// The header fields of a request come in; the few that decide where it ends and whom it is for go out. A field
// that two parsers could read differently is a fault: that is how requests are smuggled (RFC 9112 §11.2).

import type { ErrorCode } from '../../errors.ts';

export interface Fields {
  readonly hosts: readonly string[];
  readonly contentLengths: readonly string[];
  readonly transferEncodings: readonly string[];
  /** What the inspection has made of the first host, and that the framing is in order: kept for requests that share these. */
  host?: string | undefined;
  isFramed?: boolean;
}

export interface Fault {
  readonly code: ErrorCode;
  readonly reason: string;
}

/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** RFC 9110 §5.5: a recipient must not pass these on. */
const lineBreaking = /[\0\r\n]/;

/** @param rawHeaders name and value in turn. Returns a text where a field is malformed. */
export function readFields(rawHeaders: readonly string[]): Fields | string {
  const hosts: string[] = [];
  const contentLengths: string[] = [];
  const transferEncodings: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const value = rawHeaders[i + 1] ?? '';
    if (!token.test(name)) return `header name ${JSON.stringify(name.slice(0, 100))}`;
    if (lineBreaking.test(value)) return `line break or NUL in the header ${name.slice(0, 100)}`;
    // By length first: lower-casing every name would cost more than all the rest.
    if (name.length === 4 && name.toLowerCase() === 'host') hosts.push(value);
    else if (name.length === 14 && name.toLowerCase() === 'content-length') contentLengths.push(value);
    else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') transferEncodings.push(value);
  }
  return { hosts, contentLengths, transferEncodings };
}

/** What is wrong with the fields that say where the body ends, if anything is. */
export function framingFault(fields: Fields, httpVersion: string): Fault | undefined {
  const { contentLengths, transferEncodings } = fields;
  if (transferEncodings.length > 0) {
    // RFC 9112 §6.1 for 1.0, RFC 9113 §8.2.2 for 2.
    if (httpVersion !== '1.1') return invalid(`Transfer-Encoding in HTTP/${httpVersion}`);
    if (contentLengths.length > 0) return invalid('Transfer-Encoding together with Content-Length');
    const [coding] = transferEncodings;
    // Names of codings have no letter case (RFC 9112 §7). `gzip, chunked` is legal, but who undoes the gzip?
    if (transferEncodings.length > 1 || coding?.toLowerCase() !== 'chunked') {
      const written = JSON.stringify(transferEncodings.join(', ').slice(0, 100));
      return { code: 'transfer-coding-unknown', reason: `Transfer-Encoding ${written}` };
    }
  }
  const [length] = contentLengths;
  if (length === undefined) return undefined;
  // RFC 9110 §8.6 lets a list of equal lengths pass; a reader that takes the first of a list does not know that.
  if (contentLengths.length > 1) return invalid(`${contentLengths.length} Content-Length fields`);
  if (!/^[0-9]+$/.test(length) || !Number.isSafeInteger(Number(length))) {
    return invalid(`Content-Length ${JSON.stringify(length.slice(0, 100))}`);
  }
  return undefined;
}

function invalid(reason: string): Fault {
  return { code: 'request-invalid', reason };
}
