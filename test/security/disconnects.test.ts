// One side goes away in the middle: what was begun for it must not go on at the other side, and what it left unfinished
// must not pass for whole.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import net from 'node:net';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { untilLeft } from '../support/backend-connections.ts';
import { chunk, head, lastHead, parseResponse, untilResponses } from '../support/http-messages.ts';
import { type Front, makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, type RecordingBackend } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

/** Fails where the gateway has not left all connections of the backend within a second. */
async function assertLeftSoon(backend: RecordingBackend): Promise<void> {
  const begin = performance.now();
  await Promise.all(backend.connections.map(untilLeft));
  const ms = performance.now() - begin;
  assert.ok(ms < 1000, `left after ${ms} ms`);
}

async function frontOf(t: Parameters<typeof startFront>[0], backend: RecordingBackend): Promise<Front> {
  return startFront(t, certificates, { server: { http2: true }, routes: [{ path: '/', upstream: backend.url }] });
}

/** Each leaves the client at another moment. */
const moments: Readonly<
  Record<string, { readonly request: string; readonly answer?: string; readonly until?: string }>
> = {
  'before the answer': { request: head('GET /') },
  'in the middle of an announced upload': { request: `${head('POST /', 'Content-Length: 1000')}abc` },
  'in the middle of a chunked upload': { request: head('POST /', 'Transfer-Encoding: chunked') + chunk('abc') },
  'in the middle of the response': {
    request: head('GET /'),
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc',
    until: 'abc',
  },
  'in the middle of a chunked response': {
    request: head('GET /'),
    answer: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('abc')}`,
    until: 'abc',
  },
  'after early hints': {
    request: head('GET /'),
    answer: 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
    until: '103',
  },
  'in a tunnel': {
    request: head('GET /', 'Connection: Upgrade', 'Upgrade: websocket'),
    answer: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    until: '101',
  },
  'before the answer to an upgrade': { request: head('GET /', 'Connection: Upgrade', 'Upgrade: websocket') },
};

for (const [moment, { request, answer, until }] of Object.entries(moments)) {
  test(`the client goes away ${moment}: so does the connection to the backend`, async (t) => {
    const backend = await createRecordingBackend(t, { respond: () => answer });
    const front = await frontOf(t, backend);
    const client = await front.connect();
    client.send(request);
    await backend.untilHeads(1);
    if (until !== undefined) await client.until(until);
    client.socket.destroy();
    await assertLeftSoon(backend);
    assert.doesNotMatch(backend.received, /\r\n0\r\n\r\n$/);
  });
}

test('a client that resets its connection, too', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => undefined });
  const front = await frontOf(t, backend);
  const raw = net.connect(front.port, '127.0.0.1');
  const secure = tls.connect({ socket: raw, ...certificates.clientA });
  secure.on('error', () => {});
  secure.write(head('GET /'));
  await backend.untilHeads(1);
  raw.resetAndDestroy();
  await assertLeftSoon(backend);
});

test('over HTTP/2 a stream that is reset ends its request alone', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: (text) => (text.startsWith('GET /other') ? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' : undefined),
  });
  const front = await frontOf(t, backend);
  const session = http2.connect(`https://localhost:${front.port}`, certificates.clientA);
  t.after(() => session.destroy());
  const stream = session.request({ ':path': '/reset' });
  stream.on('error', () => {});
  await backend.untilHeads(1);
  stream.close(http2.constants.NGHTTP2_CANCEL);
  await assertLeftSoon(backend);
  const other = session.request({ ':path': '/other' });
  let text = '';
  for await (const bytes of other) text += String(bytes);
  assert.equal(text, 'ok');
});

const broken: Readonly<Record<string, string>> = {
  'an announced length': 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc',
  chunks: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('abc')}`,
  'a chunk that is cut': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc',
  'a chunk of nonsense': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('abc')}nonsense\r\n`,
};

for (const [what, answer] of Object.entries(broken)) {
  test(`the backend breaks off a response with ${what}: the client can tell`, async (t) => {
    const backend = await createRecordingBackend(t, {
      respond: (text, socket) => {
        if (!text.startsWith('GET /broken')) return 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
        socket.end(answer);
        return undefined;
      },
    });
    const front = await frontOf(t, backend);
    const response = parseResponse(await front.exchange(head('GET /broken')));
    assert.equal(response.status, 200);
    assert.equal(response.complete, false);
    assert.ok('abc'.startsWith(response.body));

    const session = http2.connect(`https://localhost:${front.port}`, certificates.clientA);
    t.after(() => session.destroy());
    const stream = session.request({ ':path': '/broken' });
    stream.resume();
    const error = await new Promise<Error | undefined>((resolve) => {
      stream.once('error', resolve).once('end', () => resolve(undefined));
    });
    assert.match(String(error), /NGHTTP2_INTERNAL_ERROR/);

    assert.equal(parseResponse(await front.exchange(lastHead('GET /'))).body, 'ok');
  });
}

test('a response that only the end of the connection ends is whole with it, and broken by a reset', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: (text, socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\nabc', () => {
        if (text.startsWith('GET /whole')) socket.end();
        else setImmediate(() => socket.resetAndDestroy());
      });
      return undefined;
    },
  });
  const front = await frontOf(t, backend);
  const whole = parseResponse(await front.exchange(lastHead('GET /whole')));
  assert.deepEqual([whole.body, whole.complete], ['abc', true]);
  const cut = await front.exchange(lastHead('GET /cut'));
  // The reset may come before anything has been read.
  if (!cut.startsWith('HTTP/1.1 502')) assert.equal(parseResponse(cut).complete, false);
});

test('the backend goes away before it answers: the next request gets another connection', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: (text, socket) => {
      if (text.startsWith('GET /ok')) return 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
      socket.destroy();
      return undefined;
    },
  });
  const front = await frontOf(t, backend);
  const client = await front.connect();
  client.send(head('POST /gone', 'Content-Length: 0'));
  assert.equal((await untilResponses(client, 1))[0]?.status, 502);
  client.send(head('GET /ok'));
  assert.equal((await untilResponses(client, 2))[1]?.status, 200);
});
