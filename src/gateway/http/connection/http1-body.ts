// The body of an HTTP/1 request: as long as Content-Length says, or in chunks.

import { createChunkedBody } from '../parse/chunked-body.ts';
import type { Inbound } from './inbound.ts';
import { BodyFault, type BodySource } from './request-body.ts';

/** @param length -1 for a body in chunks */
export function createHttp1Body(inbound: Inbound, length: number): BodySource {
  return length === -1 ? chunkedSource(inbound) : fixedSource(inbound, length);
}

function fixedSource(inbound: Inbound, length: number): BodySource {
  let left = length;
  function available(): Buffer | undefined {
    if (left === 0 || inbound.buffer.length === 0) return undefined;
    const piece = inbound.buffer.subarray(0, left);
    inbound.consume(piece.length);
    left -= piece.length;
    return piece;
  }
  return {
    get done() {
      return left === 0;
    },
    available,
    async next(timeoutMs) {
      if (left === 0) return undefined;
      if (inbound.buffer.length === 0) await wait(inbound, timeoutMs);
      return available();
    },
  };
}

function chunkedSource(inbound: Inbound): BodySource {
  const chunked = createChunkedBody();
  function available(): Buffer | undefined {
    const data: Buffer[] = [];
    const taken = chunked.take(inbound.buffer, (piece) => data.push(piece));
    if (taken === undefined) throw new BodyFault(400, 'client sent invalid chunked body');
    inbound.consume(taken);
    return data.length > 0 ? Buffer.concat(data) : undefined;
  }
  return {
    get done() {
      return chunked.done;
    },
    available,
    async next(timeoutMs) {
      for (;;) {
        const data = available();
        if (data !== undefined) return data;
        if (chunked.done) return undefined;
        await wait(inbound, timeoutMs);
      }
    },
  };
}

async function wait(inbound: Inbound, timeoutMs: number): Promise<void> {
  const what = await inbound.more(timeoutMs);
  if (what === 'timeout') throw new BodyFault(408, 'client timed out');
  if (what === 'end') throw new BodyFault(499, 'client prematurely closed connection');
}
