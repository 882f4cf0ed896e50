// The body of an HTTP/1.1 message comes in as bytes, cut anywhere; out comes where it ends and which of the bytes may be
// passed on as they are. Each of the four ways in which a body may be delimited (RFC 9112 section 6.3) looks the same
// from outside.

import { ChunkedReader, type ChunkedRules } from './chunked-reader.ts';

/** How many bytes, or what else tells the end. */
export type BodyLength = number | 'chunked' | 'until-close';

export class BodyReader {
  readonly length: BodyLength;
  /** All that belongs to it has been read. Of one that ends with its connection: `end` has been called. */
  done: boolean;
  /** Bytes of data read so far. */
  bytes = 0;
  /** Bytes of data among what was read last. */
  payload = 0;
  /** Pairs of indexes into the bytes read last: what may be passed on. */
  spans: number[] = [];
  readonly chunks: ChunkedReader | undefined;

  constructor(length: BodyLength, rules: ChunkedRules) {
    this.length = length;
    this.done = length === 0;
    if (length === 'chunked') {
      this.chunks = new ChunkedReader(rules);
      this.spans = this.chunks.spans;
    }
  }

  /** What is wrong; nothing may be read after it. */
  get fault(): string | undefined {
    return this.chunks?.fault;
  }

  /** @returns the index behind what belongs to the body; the end of `bytes` unless it is done */
  read(bytes: Buffer, from: number): number {
    if (this.chunks !== undefined) {
      const end = this.chunks.read(bytes, from);
      this.payload = this.chunks.payload;
      this.bytes += this.payload;
      this.done = this.chunks.done;
      return end;
    }
    const end =
      typeof this.length === 'number' ? Math.min(bytes.length, from + this.length - this.bytes) : bytes.length;
    this.payload = end - from;
    this.bytes += this.payload;
    this.done = this.bytes === this.length;
    this.spans.length = 0;
    if (end > from) this.spans.push(from, end);
    return end;
  }

  /** The connection has ended. @returns whether that was in order */
  end(): boolean {
    if (this.length === 'until-close') this.done = true;
    return this.done;
  }
}
