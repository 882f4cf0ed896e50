// Responses on a stream of HTTP/2: the head as fields, the body as it comes, trailers at the end.

import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Request } from '../request.ts';
import { trailersOf } from '../response/add-headers.ts';
import { headLines } from '../response/head-lines.ts';
import { writePaced } from '../response/pace.ts';
import { ClientGone, type ResponseSink } from '../response/response-sink.ts';
import { drained } from './drained.ts';

export function createHttp2Sink(stream: ServerHttp2Stream): ResponseSink<Request> {
  let headBytes = 0;
  let sentBytes = 0;
  let aborted = false;
  let trailers: (() => OutgoingHttpHeaders) | undefined;

  function fieldsOf(lines: readonly { readonly name: string; readonly value: string }[]): OutgoingHttpHeaders {
    const fields: Record<string, string | string[]> = {};
    for (const { name, value } of lines) {
      const lower = name.toLowerCase();
      const before = fields[lower];
      fields[lower] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
    }
    return fields;
  }
  function put(request: Request, chunk: Buffer): Promise<void> | undefined {
    sentBytes += chunk.length;
    return stream.write(chunk) ? undefined : drained(stream, request.location.sendTimeoutMs);
  }
  return {
    get headBytes() {
      return headBytes;
    },
    get sentBytes() {
      return sentBytes;
    },
    get gone() {
      return aborted || stream.destroyed;
    },
    onGone(told) {
      stream.once('close', told);
      return () => void stream.off('close', told);
    },
    begin(request) {
      if (stream.destroyed || stream.headersSent) return;
      const lines = headLines(request);
      headBytes = lines.reduce((sum, { name, value }) => sum + name.length + value.length + 2, 9);
      sentBytes += headBytes;
      const waitForTrailers = request.out.expectTrailers && !request.headerOnly;
      if (waitForTrailers) {
        stream.once('wantTrailers', () => stream.sendTrailers(trailers?.() ?? {}));
      }
      stream.respond({ ':status': request.out.status, ...fieldsOf(lines) }, {
        endStream: request.headerOnly,
        waitForTrailers,
        sendDate: false,
      } as Parameters<typeof stream.respond>[1]);
    },
    interim(status, headers) {
      if (status !== 100 && !stream.destroyed && !stream.headersSent) {
        stream.additionalHeaders({ ':status': status, ...fieldsOf(headers) });
      }
    },
    write(request, chunk) {
      if (stream.destroyed || aborted) return Promise.reject(new ClientGone());
      return (
        writePaced(request, chunk, sentBytes - headBytes, async (piece) => put(request, piece)) ?? put(request, chunk)
      );
    },
    end(request: Request) {
      if (stream.destroyed || aborted) return undefined;
      trailers = () => fieldsOf(trailersOf(request));
      if (!request.headerOnly) stream.end();
      // A body that nobody reads any more would hold the stream open.
      if (!stream.readableEnded) stream.once('finish', () => stream.close(0));
      return undefined;
    },
    abort() {
      aborted = true;
      if (!stream.destroyed) stream.close(stream.headersSent ? 2 : 8);
    },
  };
}
