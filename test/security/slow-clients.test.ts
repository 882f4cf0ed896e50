// Clients that take their time to hold on to what others need (slowloris): handshakes that stop, heads and bodies that
// come in drops, connections that are only kept. Each is cut at its configured time, and others do not notice.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import net from 'node:net';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { untilLeft } from '../support/backend-connections.ts';
import { createHttpBackend } from '../support/http-backend.ts';
import { chunk, head, lastHead, parseResponse, untilResponses } from '../support/http-messages.ts';
import { exchangeHttp2 } from '../support/http2-exchange.ts';
import { type Front, makeCertificates, startFront } from '../support/mutual-tls.ts';
import { connectRaw, type RawClient } from '../support/raw-client.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

/** Node looks for connections past their time once a second; the rest is for a busy machine. */
const latenessMs = 2500;

/** Resolves with what came back, and fails where the connection was not cut in time or cut too early. */
async function cutWithin(client: RawClient, timeoutMs: number): Promise<string> {
  const begin = performance.now();
  const text = await client.closed;
  const ms = performance.now() - begin;
  assert.ok(ms < timeoutMs + latenessMs, `cut after ${ms} ms`);
  return text;
}

/** Sends a text a byte at a time for as long as the other side lets it. */
function drip(client: RawClient, text: string, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => {
    if (client.socket.writable) client.socket.write(text[at++ % text.length] as string);
    else clearInterval(timer);
  }, everyMs);
  client.socket.once('close', () => clearInterval(timer));
}

/** Fails where an honest client has to wait for the slow ones. */
async function assertOthersServed(front: Front): Promise<void> {
  const begin = performance.now();
  assert.equal(parseResponse(await front.exchange(lastHead('GET /'))).status, 200);
  assert.ok(performance.now() - begin < 1000);
}

test('handshakes that stop are cut, wherever they stop', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    limits: { handshakeTimeout: '200ms' },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const hello = await firstFlight();
  const beginnings = [Buffer.alloc(0), hello.subarray(0, 1), hello.subarray(0, 60), hello];
  const clients = await Promise.all(beginnings.map(() => connectRaw(t, { port: front.port })));
  for (const [index, client] of clients.entries()) client.send(beginnings[index] as Buffer);
  await assertOthersServed(front);
  await Promise.all(clients.map((client) => cutWithin(client, 200)));
  const refusals = front.gateway.lines.filter(({ code }) => code === 'handshake-timeout');
  assert.equal(refusals.length, beginnings.length);
  assert.ok(refusals.every(({ address }) => address === '127.0.0.1'));
  assert.equal(backend.heads.length, 1);
});

/** A whole ClientHello. */
async function firstFlight(): Promise<Buffer> {
  const sink = net.createServer();
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  const { port } = sink.address() as net.AddressInfo;
  const client = tls.connect({ port, host: '127.0.0.1', ...certificates.clientA });
  client.on('error', () => {});
  const bytes = await new Promise<Buffer>((resolve) => {
    sink.once('connection', (socket) => {
      socket.on('error', () => {});
      socket.once('data', resolve);
    });
  });
  client.destroy();
  sink.close();
  return bytes;
}

test('heads that come in drops are cut, the first of a connection and a later one', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    limits: { headTimeout: '300ms', idleTimeout: '60s' },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const [silent, first, later] = await Promise.all([front.connect(), front.connect(), front.connect()]);
  later.send(head('GET /'));
  await untilResponses(later, 1);
  for (const client of [first, later]) drip(client, `GET /dripped HTTP/1.1\r\nX: ${'x'.repeat(1000)}`, 30);
  await assertOthersServed(front);
  const texts = await Promise.all([silent, first, later].map((client) => cutWithin(client, 300)));
  assert.match(texts[1] ?? '', /^HTTP\/1\.1 408 /);
  assert.match(texts[2] ?? '', /HTTP\/1\.1 408 /);
  assert.doesNotMatch(backend.received, /dripped/);
});

test('a body that stops is cut after bodyIdleTimeout, and its request at the backend with it', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => undefined });
  const front = await startFront(t, certificates, {
    limits: { bodyIdleTimeout: '200ms' },
    server: { http2: true },
    routes: [{ path: '/', upstream: backend.url }],
  });
  for (const begin of [
    `${head('POST /', 'Content-Length: 100')}abc`,
    head('POST /', 'Transfer-Encoding: chunked') + chunk('abc'),
  ]) {
    const client = await front.connect();
    client.send(begin);
    assert.match(await client.until('\r\n\r\n'), /^HTTP\/1\.1 408 /);
    client.socket.destroy();
  }
  const session = http2.connect(`https://localhost:${front.port}`, certificates.clientA);
  t.after(() => session.destroy());
  const stream = session.request({ ':method': 'POST', ':path': '/' });
  stream.write('abc');
  const status = await new Promise<unknown>((resolve) => {
    stream.once('response', (headers) => resolve(headers[':status'])).once('error', resolve);
  });
  assert.equal(status, 408);
  await Promise.all(backend.connections.map(untilLeft));
  assert.equal(backend.heads.length, 3);
  assert.doesNotMatch(backend.received, /\r\n0\r\n/);
});

test('a body that comes in drops is cut after requestTimeout, and one that is quick is not', async (t) => {
  const backend = await createRecordingBackend(t);
  const stalled = await createRecordingBackend(t, { respond: () => undefined });
  const front = await startFront(t, certificates, {
    limits: { requestTimeout: '400ms', headTimeout: '400ms', bodyIdleTimeout: '60s' },
    routes: [
      { path: '/', upstream: backend.url },
      { path: '/slow', upstream: stalled.url },
    ],
  });
  const client = await front.connect();
  client.send(head('POST /slow', 'Content-Length: 100000'));
  drip(client, 'x', 30);
  await assertOthersServed(front);
  await cutWithin(client, 400);
  await Promise.all(stalled.connections.map(untilLeft));
  const quick = await front.exchange(`${lastHead('POST /', 'Content-Length: 4')}body`);
  assert.equal(parseResponse(quick).status, 200);
});

test('connections that are only kept are closed after idleTimeout, without an error', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    limits: { idleTimeout: '200ms' },
    server: { http2: true },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const client = await front.connect();
  client.send(head('GET /'));
  await untilResponses(client, 1);
  const session = http2.connect(`https://localhost:${front.port}`, certificates.clientA);
  t.after(() => session.destroy());
  await exchangeHttp2(session, {});
  const goaway = new Promise<number>((resolve) => {
    session.once('goaway', resolve);
  });
  const closed = new Promise<void>((resolve) => {
    session.once('close', () => resolve());
  });
  assert.match(await cutWithin(client, 200), /ok$/);
  assert.equal(client.reset, false);
  assert.equal(await goaway, http2.constants.NGHTTP2_NO_ERROR);
  await closed;
});

test('a client that reads nothing is cut after bodyIdleTimeout, and so is what the backend sends it', async (t) => {
  const piece = Buffer.alloc(1 << 20);
  const cut = Promise.withResolvers<void>();
  const backend = await createHttpBackend(t, (_request, response) => {
    const feed = (): void => {
      while (response.write(piece));
    };
    response.on('drain', feed).on('close', () => cut.resolve());
    feed();
  });
  const front = await startFront(t, certificates, {
    limits: { bodyIdleTimeout: '300ms' },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const client = await front.connect();
  client.socket.pause();
  client.send(head('GET /'));
  await cut.promise;
  const line = await front.gateway.lineWhere(({ code }) => code === 'request-timeout');
  assert.match(String(line.reason), /stopped reading/);
});

test('connections from one address are counted, and others are let in', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    limits: { maxConnectionsPerAddress: 20, handshakeTimeout: '5s' },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const sockets = Array.from({ length: 100 }, () =>
    net.connect({ host: '127.0.0.1', port: front.port, localAddress: '127.0.0.2' }),
  );
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  // The first of the connections beyond the limit, and with it all before it, have been seen.
  let closed = 0;
  await new Promise<void>((resolve) => {
    for (const socket of sockets) {
      socket.on('error', () => {});
      socket.resume().once('close', () => {
        closed += 1;
        if (closed === 80) resolve();
      });
    }
  });
  await assertOthersServed(front);
  const refusals = front.gateway.lines.filter(({ code }) => code === 'too-many-connections');
  assert.equal(refusals.length, 80);
  assert.ok(refusals.every(({ address }) => address === '127.0.0.2'));
  assert.equal(sockets.filter((socket) => !socket.destroyed).length, 20);

  // Those that go make room for others, as soon as the gateway has heard of it.
  for (const socket of sockets) socket.destroy();
  const from = { port: front.port, localAddress: '127.0.0.2' };
  const retry = async (): Promise<RawClient> => connectRaw(t, from, certificates.clientA).catch(retry);
  const again = await retry();
  again.send(lastHead('GET /'));
  assert.equal(parseResponse(await again.closed).status, 200);
});
