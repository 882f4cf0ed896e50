// A client asks, and takes nothing of the answer: with requests that are cheap to make it has the gateway hold responses,
// connections and streams for it, for as long as nobody looks.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import { head, lastHead, parseResponse, parseResponses, untilResponses, valuesOf } from '../support/http-messages.ts';
import { exchangeHttp2 } from '../support/http2-exchange.ts';
import { connectFrames, frame, frameFlags, frameTypes, headersFrame } from '../support/http2-frames.ts';
import { type Front, makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, type RecordingBackend } from '../support/recording-backend.ts';
import type { AsyncAfterHook } from '../support/test-gateway.ts';

const certificates = makeCertificates({ after });

/** Answers with 100 KB. */
function createBackend(t: AsyncAfterHook): Promise<RecordingBackend> {
  const body = 'x'.repeat(100_000);
  return createRecordingBackend(t, {
    respond: () => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  });
}

/** Resolves when the gateway has closed this many connections. */
async function untilClosed(front: Front, count: number): Promise<void> {
  const { counters } = front.gateway.observer;
  while (counters.snapshot().connections.closed < count) await new Promise((resolve) => setTimeout(resolve, 10));
}

const routes = (backend: RecordingBackend): object[] => [
  { path: '/', upstream: backend.url },
  { path: '/own', respond: { body: 'x'.repeat(100_000) } },
];

test('a connection whose client reads nothing is cut, also when its responses have all been written', async (t) => {
  const backend = await createBackend(t);
  const front = await startFront(t, certificates, { limits: { bodyIdleTimeout: '200ms' }, routes: routes(backend) });
  for (const path of ['/', '/own']) {
    const client = await front.connect();
    client.socket.pause();
    // More than the sockets on the way hold.
    client.send(head(`GET ${path}`).repeat(99));
  }
  await untilClosed(front, 2);
});

test('a connection that waits for its backend is not cut for that', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => undefined });
  const front = await startFront(t, certificates, {
    limits: { bodyIdleTimeout: '50ms', idleTimeout: '50ms' },
    routes: routes(backend),
  });
  const [client, idle] = await Promise.all([front.connect(), front.connect()]);
  client.send(head('GET /'));
  await backend.untilHeads(1);
  // One that waits for nothing has been closed after the same times.
  idle.send(head('GET /own'));
  await untilResponses(idle, 1);
  await idle.closed;
  backend.connections[0]?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  assert.equal((await untilResponses(client, 1))[0]?.body, 'ok');
});

test('over HTTP/2 a stream without a window is reset, and the others of its session are served', async (t) => {
  const backend = await createBackend(t);
  const front = await startFront(t, certificates, {
    limits: { bodyIdleTimeout: '200ms' },
    server: { http2: true },
    routes: routes(backend),
  });
  const session = http2.connect(`https://localhost:${front.port}`, {
    ...certificates.clientA,
    settings: { initialWindowSize: 0 },
  });
  t.after(() => session.destroy());
  for (const path of ['/', '/own']) {
    const exchange = await exchangeHttp2(session, { ':path': path });
    assert.deepEqual([exchange.status, exchange.body.length], [200, 0]);
    assert.match(exchange.error ?? '', /NGHTTP2_INTERNAL_ERROR/);
  }
  assert.equal((await exchangeHttp2(session, { ':method': 'HEAD', ':path': '/own' })).status, 200);
});

test('a session that keeps its streams from ending is closed all the same when it is idle', async (t) => {
  const backend = await createBackend(t);
  const front = await startFront(t, certificates, {
    limits: { bodyIdleTimeout: '200ms', idleTimeout: '200ms' },
    server: { http2: true },
    routes: routes(backend),
  });
  const client = await connectFrames(t, front.port, certificates.clientA);
  const fields = [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':path', '/own'],
    [':authority', 'localhost'],
  ] as const;
  const noWindow = frame(frameTypes.settings, frameFlags.none, 0, Buffer.from([0, 4, 0, 0, 0, 0]));
  client.send(noWindow, headersFrame(1, fields), headersFrame(3, fields));
  await untilClosed(front, 1);
  assert.ok(client.frames.some(({ type }) => type === frameTypes.goaway));
});

test('who pipelines more requests than it may gets the answers to those, and the connection ends', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => undefined });
  const front = await startFront(t, certificates, { server: { lane: 'standard' }, routes: routes(backend) });
  const client = await front.connect();
  client.send(head('GET /').repeat(5000));
  await backend.untilHeads(100);
  // Others are served while all of these wait.
  assert.equal(parseResponse(await front.exchange(lastHead('GET /own'))).status, 200);
  assert.equal(backend.connections.length, 100);
  for (const { socket } of backend.connections) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  const responses = parseResponses(await client.closed);
  assert.equal(responses.length, 100);
  assert.deepEqual(valuesOf(responses.at(-1)?.headerLines ?? [], 'connection'), ['close']);
  assert.equal(backend.heads.length, 100);
});

test('on the express lane one request at a time is asked for, whatever is pipelined', async (t) => {
  let asked = 0;
  const backend = await createRecordingBackend(t, {
    respond: () => {
      asked += 1;
      // The first one waits until others have been served.
      return asked === 1 ? undefined : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    },
  });
  const front = await startFront(t, certificates, { server: { lane: 'express' }, routes: routes(backend) });
  const client = await front.connect();
  client.send(head('GET /').repeat(5000));
  await backend.untilHeads(1);
  assert.equal(parseResponse(await front.exchange(lastHead('GET /own'))).status, 200);
  assert.equal(backend.heads.length, 1);
  backend.connections[0]?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  await untilResponses(client, 200, []);
  assert.equal(backend.connections.length, 1);
});

test('who pipelines as many as it may keeps its connection', async (t) => {
  const backend = await createBackend(t);
  const front = await startFront(t, certificates, { routes: routes(backend) });
  const client = await front.connect();
  for (let rounds = 1; rounds <= 2; rounds += 1) {
    client.send(head('HEAD /own').repeat(90));
    await untilResponses(client, 90 * rounds, Array(180).fill('HEAD'));
  }
});
