// Responses on a stream of HTTP/2: the head as fields, the body as it comes, trailers at the end.

import { code } from '../http2/frames.ts';
import type { Field } from '../http2/header-table.ts';
import type { Http2Stream } from '../http2/stream.ts';
import type { Request } from '../request.ts';
import { trailersOf } from '../response/add-headers.ts';
import { headLines } from '../response/head-lines.ts';
import { writePaced } from '../response/pace.ts';
import { ClientGone, type ResponseSink } from '../response/response-sink.ts';

export function createHttp2Sink(stream: Http2Stream): ResponseSink<Request> {
  let headBytes = 0;
  let sentBytes = 0;
  let aborted = false;

  function put(request: Request, chunk: Buffer): Promise<void> | undefined {
    sentBytes += chunk.length;
    return whole(stream.write(chunk, request.location.sendTimeoutMs));
  }
  return {
    get headBytes() {
      return headBytes;
    },
    get sentBytes() {
      return sentBytes;
    },
    get gone() {
      return aborted || stream.gone;
    },
    onGone: (told) => stream.onGone(told),
    begin(request) {
      if (stream.closed || stream.headersSent) return;
      const lines = headLines(request);
      headBytes = lines.reduce((sum, { name, value }) => sum + name.length + value.length + 2, 9);
      sentBytes += headBytes;
      const fields = [{ name: ':status', value: String(request.out.status) }, ...fieldsOf(lines)];
      stream.respond(fields, request.headerOnly);
    },
    interim(status, headers) {
      if (status !== 100 && !stream.closed)
        stream.inform([{ name: ':status', value: String(status) }, ...fieldsOf(headers)]);
    },
    write(request, chunk) {
      if (stream.closed || aborted) return Promise.reject(new ClientGone());
      return (
        writePaced(request, chunk, sentBytes - headBytes, async (piece) => put(request, piece)) ?? put(request, chunk)
      );
    },
    end(request: Request) {
      if (stream.closed || aborted || request.headerOnly) return undefined;
      return whole(stream.end(fieldsOf(trailersOf(request)), request.location.sendTimeoutMs));
    },
    abort() {
      aborted = true;
      stream.reset(code.internal);
    },
  };
}

const connectionFields: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Names in lower case. What HTTP/2 does not have is left out (RFC 9113 section 8.2.2). */
function fieldsOf(lines: readonly Field[]): Field[] {
  return lines
    .map(({ name, value }) => ({ name: name.toLowerCase(), value }))
    .filter(({ name }) => !connectionFields.has(name));
}

/** @throws ClientGone where it cannot be sent */
async function told(sending: Promise<'sent' | 'closed' | 'timeout'>): Promise<void> {
  const what = await sending;
  if (what !== 'sent') throw new ClientGone(what === 'timeout');
}

function whole(sending: Promise<'sent' | 'closed' | 'timeout'> | undefined): Promise<void> | undefined {
  return sending === undefined ? undefined : told(sending);
}
