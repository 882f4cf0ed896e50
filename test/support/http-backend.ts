// Node's own HTTP server as a backend: for bodies that are too big to be kept, and for answers that are well-formed.

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import type { AfterHook } from './openssl.ts';

export interface HttpBackend {
  readonly server: Server;
  readonly url: string;
}

export async function createHttpBackend(t: AfterHook, listener: RequestListener): Promise<HttpBackend> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Answers each request with the method, the SHA-256 and the length of the body that arrived: `POST 2cf24d… 5`. */
export const describeBody: RequestListener = (request, response) => {
  void digestOf(request).then(
    (digest) => response.end(`${request.method} ${digest}`),
    () => response.destroy(),
  );
};

/** SHA-256 and length of everything that comes out of a stream. Rejects where the stream breaks off. */
export async function digestOf(stream: Readable | IncomingMessage): Promise<string> {
  const hash = createHash('sha256');
  let length = 0;
  for await (const bytes of stream as AsyncIterable<Buffer>) {
    hash.update(bytes);
    length += bytes.length;
  }
  return `${hash.digest('hex')} ${length}`;
}

/** What `digestOf` says of these bytes. */
export function digestOfBytes(bytes: Buffer | string): string {
  const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
  return `${createHash('sha256').update(data).digest('hex')} ${data.length}`;
}
