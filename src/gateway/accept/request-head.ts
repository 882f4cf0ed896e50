// The head of one request as it came in, before anybody trusts it.

import type { Fields } from './head-fields.ts';

/** A request line and its header fields, undecoded. */
export interface RequestHead {
  readonly method: string;
  /** The request target byte for byte (RFC 9112 §3.2), in latin1. */
  readonly target: string;
  /** `1.0`, `1.1` or `2.0`. */
  readonly httpVersion: string;
  /**
   * Name and value in turn, as sent, duplicates and letter case kept. HTTP/2 pseudo-header fields are not in it: `:authority` stands as `host`.
   */
  readonly rawHeaders: readonly string[];
  /** What `readFields` finds in `rawHeaders`, where a parser that refuses malformed fields has found it already. */
  readonly fields?: Fields;
  /** The first line as far as it came, where that is all that is known: then the rest is empty, or what it seems to say. */
  readonly line?: string;
}

/** Every value of a header field, in order. `name` is lower case. */
export function headerValues(head: RequestHead, name: string): string[] {
  const { rawHeaders } = head;
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (isField(rawHeaders[i] as string, name)) values.push(rawHeaders[i + 1] as string);
  }
  return values;
}

/** The first of them; undefined where there is none. */
export function firstHeaderValue({ rawHeaders }: RequestHead, name: string): string | undefined {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (isField(rawHeaders[i] as string, name)) return rawHeaders[i + 1];
  }
  return undefined;
}

/** By length first: lower-casing every name of a head costs more than all else that is done with it. */
function isField(field: string, name: string): boolean {
  return field.length === name.length && field.toLowerCase() === name;
}

/** The head of an HTTP/1 request as Node gives it. */
export function requestHeadOf(request: NodeRequest): RequestHead {
  const { method = '', url = '', httpVersion, rawHeaders } = request;
  // A request line may say "HTTP/2.0" in plain text; that makes it no HTTP/2.
  return { method, target: url, httpVersion: httpVersion === '2.0' ? '2' : httpVersion, rawHeaders };
}

/**
 * The head of an HTTP/2 request as Node gives it. `:authority` becomes a `host` field, beside the one that the client
 * may have sent: where they differ, the request has two hosts and is refused as such (RFC 9113 §8.3.1).
 */
export function http2RequestHeadOf({ method = '', url = '', rawHeaders }: NodeRequest): RequestHead {
  const fields: string[] = [];
  let authority: string | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const value = rawHeaders[i + 1] as string;
    if (name === ':authority') authority = value;
    else if (!name.startsWith(':') && !(name === 'host' && value === authority)) fields.push(name, value);
  }
  if (authority !== undefined) fields.unshift('host', authority);
  return { method, target: url, httpVersion: '2.0', rawHeaders: fields };
}

/** What both of Node's request classes have. */
interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly httpVersion: string;
  readonly rawHeaders: string[];
}
