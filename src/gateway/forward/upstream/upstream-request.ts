// What goes into an upstream and what comes out of it: a request whose body is a stream of the client, a response whose
// body is yet to come.

import type { Readable, Writable } from 'node:stream';
import type { MutualError } from '../../../errors.ts';
import type { Ask } from './ask.ts';

export interface UpstreamRequest extends Ask {
  readonly method: string;
  /** Origin-form, byte for byte (latin1). */
  readonly path: string;
  /** Name and value in turn, as they go out; fields that frame the body are left out. */
  readonly headers: readonly string[];
  readonly body: RequestBody | undefined;
  /** What the client has announced; with no body, 0 is sent as such. */
  readonly contentLength: number | undefined;
  /** Protocols that the request asks to switch to, as its Upgrade field (which is among `headers`) says. */
  readonly upgrade?: string | undefined;
}

export interface RequestBody {
  /** Never destroyed here: it is the client's. */
  readonly stream: Readable;
  /** 0: no limit. */
  readonly maxBytes: number;
  /** How long the client may send nothing. */
  readonly idleTimeoutMs: number;
  readonly onBytes: (bytes: number) => void;
}

export interface UpstreamHead {
  readonly status: number;
  readonly statusText: string;
  /** Name and value in turn, as received. */
  readonly rawHeaders: readonly string[];
}

/** A response whose body is still to come. One of the two must be called. */
export interface UpstreamResponse extends UpstreamHead {
  /** Writes the body to `sink`, which is neither ended nor destroyed. `done` is called once, unless aborted before. */
  pipe(sink: Writable, options: ResponsePipeOptions, done: (end: ResponseEnd) => void): void;
  /** Lets the body pass unread. */
  discard(): void;
}

export interface ResponsePipeOptions {
  /** How long the sink may take nothing. */
  readonly sinkIdleMs: number;
  readonly onBytes: (bytes: number) => void;
}

export interface ResponseEnd {
  /** Undefined: the body is complete. */
  readonly failure: MutualError | undefined;
  readonly rawTrailers: readonly string[];
}
