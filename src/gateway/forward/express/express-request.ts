// What an attempt of the express lane asks of a request and tells of its response: the seam between the connection of an
// upstream and that of a client.

import type { MutualError } from '../../../errors.ts';
import type { BodyReader } from '../../accept/http1/body-reader.ts';
import type { Timeouts } from '../timeouts.ts';
import type { BodyFault } from '../upstream/body.ts';
import type { ResponseHeadParser } from './response-head-parser.ts';

/** Where the bytes of a request body go. */
export interface BodySink {
  /** @returns whether more may be written at once; else `onSinkDrain` tells */
  write(bytes: Buffer): boolean;
  /** The whole request has been written. */
  endRequest(): void;
  /** The body will not come to its end. */
  failRequest(fault: BodyFault): void;
}

/** The request and whoever takes its response. */
export interface ExpressRequest {
  readonly method: string;
  /** Request line and header, framing included, one character a byte. */
  readonly headText: string;
  /** Whether bytes of a body follow the head. */
  readonly hasBody: boolean;
  /** The head is written: bytes of the body may be. */
  onSink(sink: BodySink): void;
  /** More of the body may be written than before. */
  onSinkDrain(): void;
  /** `body.spans` of these bytes are to be passed on. @param isVolatile they will be overwritten when this has returned */
  onResponseBytes(bytes: Buffer, body: BodyReader, isVolatile: boolean): void;
  /** That is all for now. @returns whether more may come at once; else the attempt waits to be resumed */
  onResponsePause(): boolean;
  onResponseEnd(body: BodyReader): void;
  onResponseBroken(error: MutualError): void;
}

/** What all attempts of a lane share. */
export interface ExpressTools {
  readonly timeouts: Timeouts;
  readonly parseHead: ResponseHeadParser;
  /** Bytes of upstreams in the clear are read into this, and gone with the next ones. */
  readonly readInto: Buffer;
}
