// One HTTP/2 request by Node's own client, and everything that came back.

import type { ClientHttp2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';

export interface Http2Exchange {
  /** 0: none came. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Of 1xx responses, in their order. */
  readonly informational: readonly IncomingHttpHeaders[];
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Code of the error that ended the stream: `NGHTTP2_…` is in its message. */
  readonly error: string | undefined;
}

/** Never rejects. @param body sent whole; absent: the request ends with its head */
export function exchangeHttp2(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string | Buffer,
): Promise<Http2Exchange> {
  return new Promise((resolve) => {
    const stream = session.request({ ':path': '/', ...headers }, { endStream: body === undefined });
    const informational: IncomingHttpHeaders[] = [];
    const chunks: Buffer[] = [];
    let final: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    let error: string | undefined;
    stream.on('headers', (early) => informational.push(early));
    stream.once('response', (received) => {
      final = received;
    });
    stream.once('trailers', (received) => {
      trailers = received;
    });
    stream.on('data', (bytes: Buffer) => chunks.push(bytes));
    stream.on('error', (cause) => {
      error ??= cause.message;
    });
    stream.once('close', () => {
      const status = Number(final[':status'] ?? 0);
      resolve({ status, headers: final, informational, trailers, body: Buffer.concat(chunks), error });
    });
    if (body !== undefined) stream.end(body);
  });
}
