// 96 MB each way at once: every byte arrives, in memory that does not grow with the body.

import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import type { RequestListener } from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createHttpBackend, digestOf } from '../support/http-backend.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';

const certificates = makeCertificates({ after });

const mb = 1 << 20;
const size = 96 * mb;
/** Of live buffers, for both sides and the gateway in one process: less than one body. */
const maxGrowth = 72 * mb;

/**
 * The same bytes for the same key, and no two pieces of them alike.
 *
 * @param beforeEnd waited for before the last piece
 */
function body(key: 'up' | 'down', beforeEnd?: Promise<unknown>): Readable {
  const cipher = createCipheriv('aes-128-ctr', key.padEnd(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(64 * 1024);
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < size; at += zeros.length) {
      if (at + zeros.length >= size) await beforeEnd;
      yield cipher.update(zeros);
    }
  }
  return Readable.from(pieces(), { objectMode: false, highWaterMark: zeros.length });
}

// What is not needed any more does not count, whenever it is cleared away.
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Live buffers, in bytes: memory that has been given up is cleared away in the background. */
async function liveBuffers(): Promise<number> {
  collectGarbage();
  await new Promise((resolve) => setTimeout(resolve, 10));
  return process.memoryUsage().arrayBuffers;
}

/** The most that live buffers held at once until the other promise is settled, over what they hold now. */
async function growthUntil(done: Promise<unknown>): Promise<number> {
  const before = await liveBuffers();
  let going = true;
  void done.finally(() => {
    going = false;
  });
  let most = before;
  while (going) {
    most = Math.max(most, await liveBuffers());
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 150))]);
  }
  return most - before;
}

/**
 * Takes a body and sends one at the same time. Its own ends last: with a response that is complete there would be no use in
 * the rest of a request.
 */
function exchangeBodies(arrived: (digest: Promise<string>) => void, headers = {}): RequestListener {
  return (request, response) => {
    const digest = digestOf(request);
    arrived(digest);
    response.writeHead(200, headers);
    body('down', digest).pipe(response);
  };
}

for (const framing of ['by length', 'in chunks']) {
  test(`both ways at once, ${framing}`, async (t) => {
    const arrived = Promise.withResolvers<string>();
    const headers = framing === 'by length' ? { 'Content-Length': size } : {};
    const backend = await createHttpBackend(t, exchangeBodies(arrived.resolve, headers));
    const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
    const [up, down] = await Promise.all([digestOf(body('up')), digestOf(body('down'))]);
    const received = new Promise<string>((resolve, reject) => {
      const request = https.request({
        ...certificates.clientA,
        host: '127.0.0.1',
        port: front.port,
        method: 'PUT',
        headers: { Host: 'localhost', ...headers },
      });
      request.on('response', (response) => digestOf(response).then(resolve, reject)).on('error', reject);
      body('up').pipe(request);
    });
    const most = await growthUntil(received);
    assert.equal(await received, down);
    assert.equal(await arrived.promise, up);
    assert.ok(most < maxGrowth, `buffers grew by ${Math.round(most / mb)} MB`);
  });
}

test('both ways at once over HTTP/2', async (t) => {
  const arrived = Promise.withResolvers<string>();
  const backend = await createHttpBackend(t, exchangeBodies(arrived.resolve));
  const front = await startFront(t, certificates, {
    server: { http2: true },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const [up, down] = await Promise.all([digestOf(body('up')), digestOf(body('down'))]);
  const session = http2.connect(`https://localhost:${front.port}`, certificates.clientA);
  t.after(() => session.destroy());
  const stream = session.request({ ':method': 'PUT', ':path': '/' });
  body('up').pipe(stream);
  const received = digestOf(stream);
  const most = await growthUntil(received);
  assert.equal(await received, down);
  assert.equal(await arrived.promise, up);
  assert.ok(most < maxGrowth, `buffers grew by ${Math.round(most / mb)} MB`);
});
