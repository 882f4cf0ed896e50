// The body of an upstream's response: as long as it says, in chunks, or until it closes (ngx_http_proxy_input_filter_init).

import type { Inbound } from '../connection/inbound.ts';
import { createChunkedBody } from '../parse/chunked-body.ts';

export interface UpstreamBody {
  /** The next piece; undefined at its end. @throws UpstreamBodyFault */
  next(timeoutMs: number): Promise<Buffer | undefined>;
  /** The end has come as it was announced, and nothing behind it: another request may follow. */
  readonly reusable: boolean;
  /** Trailer lines. */
  readonly trailers: readonly string[];
}

export class UpstreamBodyFault extends Error {
  readonly timedOut: boolean;

  constructor(message: string, timedOut = false) {
    super(message);
    this.timedOut = timedOut;
  }
}

/** @param length bytes; `chunked`, or `until-close` */
export function createUpstreamBody(inbound: Inbound, length: number | 'chunked' | 'until-close'): UpstreamBody {
  if (length === 'chunked') return chunkedBody(inbound);
  return length === 'until-close' ? closingBody(inbound) : fixedBody(inbound, length);
}

async function wait(inbound: Inbound, timeoutMs: number): Promise<boolean> {
  const what = await inbound.more(timeoutMs);
  if (what === 'timeout') throw new UpstreamBodyFault('upstream timed out (110: Connection timed out)', true);
  return what === 'data';
}

function fixedBody(inbound: Inbound, length: number): UpstreamBody {
  let left = length;
  return {
    trailers: [],
    get reusable() {
      return left === 0 && inbound.buffer.length === 0;
    },
    async next(timeoutMs) {
      if (left === 0) return undefined;
      if (inbound.buffer.length === 0 && !(await wait(inbound, timeoutMs))) {
        throw new UpstreamBodyFault('upstream prematurely closed connection');
      }
      const piece = inbound.buffer.subarray(0, left);
      inbound.consume(piece.length);
      left -= piece.length;
      return piece;
    },
  };
}

function closingBody(inbound: Inbound): UpstreamBody {
  return {
    trailers: [],
    reusable: false,
    async next(timeoutMs) {
      if (inbound.buffer.length === 0 && !(await wait(inbound, timeoutMs))) return undefined;
      const piece = inbound.buffer;
      inbound.consume(piece.length);
      return piece;
    },
  };
}

function chunkedBody(inbound: Inbound): UpstreamBody {
  const chunked = createChunkedBody();
  return {
    trailers: chunked.trailers,
    get reusable() {
      return chunked.done && inbound.buffer.length === 0;
    },
    async next(timeoutMs) {
      for (;;) {
        const data: Buffer[] = [];
        const taken = chunked.take(inbound.buffer, (piece) => data.push(piece));
        if (taken === undefined) throw new UpstreamBodyFault('upstream sent invalid chunked response');
        inbound.consume(taken);
        if (data.length > 0) return Buffer.concat(data);
        if (chunked.done) return undefined;
        if (!(await wait(inbound, timeoutMs))) throw new UpstreamBodyFault('upstream prematurely closed connection');
      }
    },
  };
}
