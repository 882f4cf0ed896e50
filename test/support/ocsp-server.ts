// An OCSP responder in the process of the test: over HTTP like a real one, but it says and does what the test wants.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AsyncAfterHook } from './test-gateway.ts';

export interface OcspServer {
  readonly url: string;
  /** Every request so far, with its body. */
  readonly requests: readonly { readonly message: IncomingMessage; readonly body: Buffer }[];
  /** From now on. */
  answer: OcspAnswer;
  close(): Promise<void>;
}

/** Bytes are sent as a response; a function does what it likes. */
export type OcspAnswer = Buffer | ((response: ServerResponse, body: Buffer) => void);

export async function startOcspServer(t: AsyncAfterHook, answer: OcspAnswer): Promise<OcspServer> {
  const requests: { message: IncomingMessage; body: Buffer }[] = [];
  const http = createServer(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    requests.push({ message, body });
    if (typeof server.answer === 'function') server.answer(response, body);
    else response.writeHead(200, { 'content-type': 'application/ocsp-response' }).end(server.answer);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const server: OcspServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/ocsp?x=1`,
    requests,
    answer,
    async close() {
      if (!http.listening) return;
      const closed = once(http, 'close');
      http.close();
      http.closeAllConnections();
      await closed;
    },
  };
  t.after(() => server.close());
  return server;
}
