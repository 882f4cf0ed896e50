// Responses on an HTTP/1 connection: the head as text, the body as it is or in chunks, no faster than the client takes it
// and than `limit_rate` allows.

import type { Duplex } from 'node:stream';
import type { Request } from '../request.ts';
import { trailersOf } from '../response/add-headers.ts';
import { printHead } from '../response/head-lines.ts';
import { writePaced } from '../response/pace.ts';
import { ClientGone, type ResponseSink } from '../response/response-sink.ts';
import { statusLine } from '../response/status-lines.ts';
import { drained } from './drained.ts';
import type { Inbound } from './inbound.ts';

/** Larger pieces are not copied for the sake of one packet. */
const mostJoined = 16 * 1024;

export function createHttp1Sink(stream: Duplex, inbound: Inbound): ResponseSink<Request> {
  let headBytes = 0;
  let sentBytes = 0;
  let aborted = false;
  /** A head that waits for the first of its body, or for the end of the turn. */
  let waiting: string | undefined;

  function flushHead(): void {
    if (waiting === undefined) return;
    const head = waiting;
    waiting = undefined;
    if (!stream.destroyed) stream.write(Buffer.from(head, 'latin1'));
  }
  function put(bytes: Buffer | string): boolean {
    sentBytes += bytes.length;
    if (waiting !== undefined && bytes.length <= mostJoined) {
      const joined = Buffer.allocUnsafe(waiting.length + bytes.length);
      joined.write(waiting, 0, 'latin1');
      if (typeof bytes === 'string') joined.write(bytes, waiting.length, 'latin1');
      else bytes.copy(joined, waiting.length);
      waiting = undefined;
      return stream.write(joined);
    }
    flushHead();
    return stream.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }
  /** What is written in one turn of the event loop goes out in one piece. */
  function corked(): void {
    stream.cork();
    process.nextTick(() => stream.uncork());
  }
  function putChunk(request: Request, chunk: Buffer): boolean {
    if (!request.chunkedResponse) return put(chunk);
    corked();
    put(`${chunk.length.toString(16)}\r\n`);
    put(chunk);
    return put('\r\n');
  }
  const drain = (request: Request): Promise<void> => drained(stream, request.location.sendTimeoutMs);
  return {
    get headBytes() {
      return headBytes;
    },
    get sentBytes() {
      return sentBytes;
    },
    get gone() {
      return aborted || inbound.gone;
    },
    onGone: (told) => inbound.onEnd(told),
    begin(request) {
      if (request.version < 1000) return;
      const head = printHead(request);
      headBytes = head.length;
      sentBytes += headBytes;
      waiting = head;
      // What follows 101 is written by somebody else.
      if (request.out.status === 101) flushHead();
      else process.nextTick(flushHead);
    },
    interim(status, headers) {
      flushHead();
      const lines = headers.map(({ name, value }) => `${name}: ${value}\r\n`).join('');
      const words = status === 100 ? '100 Continue' : status === 103 ? '103 Early Hints' : statusLine(status);
      stream.write(Buffer.from(`HTTP/1.1 ${words}\r\n${lines}\r\n`, 'latin1'));
    },
    write(request, chunk) {
      if (chunk.length === 0) return undefined;
      if (stream.destroyed || aborted) return Promise.reject(new ClientGone());
      const paced = writePaced(request, chunk, sentBytes - headBytes, (piece) => {
        putChunk(request, piece);
        return drain(request);
      });
      if (paced !== undefined) return paced;
      return putChunk(request, chunk) ? undefined : drain(request);
    },
    end(request) {
      // A body that never came: the head goes alone.
      if (!request.chunkedResponse || request.headerOnly) flushHead();
      if (!request.chunkedResponse || request.headerOnly || aborted || stream.destroyed) return undefined;
      const lines = trailersOf(request).map(({ name, value }) => `${name}: ${value}\r\n`);
      corked();
      put(`0\r\n${lines.join('')}\r\n`);
      return undefined;
    },
    abort() {
      flushHead();
      aborted = true;
    },
  };
}
