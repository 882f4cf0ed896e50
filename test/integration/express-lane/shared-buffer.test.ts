// The express lane reads what upstreams send into one buffer. Whoever is slow to take a body, over TLS or in the clear, gets
// its own bytes all the same, and never those of another.

import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { after, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createHttpBackend, digestOfBytes } from '../../support/http-backend.ts';
import { makeCertificates, startFront } from '../../support/mutual-tls.ts';

const certificates = makeCertificates({ after });
const bodyBytes = 3 << 20;

/** No two bodies are alike in any piece. */
function bodyOf(name: string, bytes = bodyBytes): Buffer {
  return createCipheriv('aes-128-ctr', name.padEnd(16), Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

/** SHA-256 and length of the body; who is slow waits between its pieces, so that they pile up on the way. */
async function readAll(response: IncomingMessage, slow: boolean): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece);
    for (let turns = 0; slow && turns < 20; turns += 1) await nextTurn();
  }
  return digestOfBytes(Buffer.concat(pieces));
}

for (const framing of ['a length', 'chunks', 'nothing but the end of the connection'] as const) {
  test(`many bodies at once, told by ${framing}, arrive as they were sent`, async (t) => {
    const backend = await createHttpBackend(t, (request, response) => {
      const body = bodyOf(request.url ?? '');
      if (framing === 'a length') response.setHeader('Content-Length', body.length);
      if (framing === 'nothing but the end of the connection') {
        response.removeHeader('Transfer-Encoding');
        response.useChunkedEncodingByDefault = false;
      }
      // In pieces that fit no buffer.
      for (let at = 0; at < body.length; at += 70_001) response.write(body.subarray(at, at + 70_001));
      response.end();
    });
    const routes = [{ path: '/', upstream: backend.url }];
    const front = await startFront(t, certificates, { routes, servers: [{ listen: '127.0.0.2:0', routes }] });
    const plainPort = front.gateway.port(1);
    const ask = (index: number): Promise<void> =>
      new Promise((resolve, reject) => {
        const path = `/body${index}`;
        const take = (response: IncomingMessage): void => {
          readAll(response, index % 3 === 0).then((digest) => {
            assert.equal(digest, expected[index], path);
            resolve();
          }, reject);
        };
        const request =
          index % 2 === 0
            ? https.get({ port: front.port, path, agent: false, ...certificates.clientA }, take)
            : http.get({ host: '127.0.0.2', port: plainPort, path, agent: false }, take);
        request.on('error', reject);
      });
    const expected = Array.from({ length: 12 }, (_, index) => digestOfBytes(bodyOf(`/body${index}`)));
    await Promise.all(expected.map((_, index) => ask(index)));
  });
}

for (const secure of [false, true]) {
  test(`bodies that pile up before slow clients ${secure ? 'over TLS' : 'in the clear'} wait unchanged`, async (t) => {
    // More than the sockets of this machine hold, so that writes are left half done.
    const large = 14 << 20;
    const backend = await createHttpBackend(t, (request, response) => {
      response.setHeader('Content-Length', large).end(bodyOf(request.url ?? '', large));
    });
    const routes = [{ path: '/', upstream: backend.url }];
    const front = await startFront(t, certificates, { routes, servers: [{ listen: '127.0.0.2:0', routes }] });
    const ask = (index: number): Promise<string> =>
      new Promise((resolve, reject) => {
        const path = `/large${index}`;
        const take = (response: IncomingMessage): void => void readAll(response, true).then(resolve, reject);
        const request = secure
          ? https.get({ port: front.port, path, agent: false, ...certificates.clientA }, take)
          : http.get({ host: '127.0.0.2', port: front.gateway.port(1), path, agent: false }, take);
        request.on('error', reject);
      });
    const digests = await Promise.all([0, 1, 2].map(ask));
    assert.deepEqual(
      digests,
      [0, 1, 2].map((index) => digestOfBytes(bodyOf(`/large${index}`, large))),
    );
  });
}

test('of two responses on one connection, pipelined, neither loses a byte to the other', async (t) => {
  const backend = await createHttpBackend(t, (request, response) => {
    const body = bodyOf(request.url ?? '').subarray(0, 300_000);
    response.setHeader('Content-Length', body.length).end(body);
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const paths = Array.from({ length: 8 }, (_, index) => `/p${index}`);
  const client = await front.connect();
  client.send(
    paths
      .map(
        (path, index) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${index === 7 ? 'Connection: close\r\n' : ''}\r\n`,
      )
      .join(''),
  );
  let text = await client.closed;
  for (const path of paths) {
    const bodyAt = text.indexOf('\r\n\r\n') + 4;
    const body = Buffer.from(text.slice(bodyAt, bodyAt + 300_000), 'latin1');
    assert.ok(body.equals(bodyOf(path).subarray(0, 300_000)), path);
    text = text.slice(bodyAt + 300_000);
  }
  assert.equal(text, '');
});
