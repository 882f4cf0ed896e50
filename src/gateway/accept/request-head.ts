// The head of one request as it came in, before anybody trusts it.

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
}

/** Every value of a header field, in order. `name` is lower case. */
export function headerValues(head: RequestHead, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i + 1 < head.rawHeaders.length; i += 2) {
    if (head.rawHeaders[i]?.toLowerCase() === name) values.push(head.rawHeaders[i + 1] as string);
  }
  return values;
}
