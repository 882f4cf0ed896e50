// Frames that cost the sender little and the receiver much: streams opened and reset at once (CVE-2023-44487), heads
// without an end (CVE-2024-27983), fields beyond all counting, settings and pings to be answered. The session that does so
// is closed; others are served all the while.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import { exchangeHttp2 } from '../support/http2-exchange.ts';
import {
  connectFrames,
  type Field,
  type FrameClient,
  frame,
  frameFlags,
  frameTypes,
  headerBlock,
  headersFrame,
} from '../support/http2-frames.ts';
import { type Front, makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, type RecordingBackend } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const get: readonly Field[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/'],
  [':authority', 'localhost'],
];
const whole = frameFlags.endHeaders | frameFlags.endStream;
const cancel = Buffer.from([0, 0, 0, http2.constants.NGHTTP2_CANCEL]);

async function start(t: Parameters<typeof startFront>[0], backend: RecordingBackend, limits = {}): Promise<Front> {
  return startFront(t, certificates, {
    limits,
    server: { http2: true },
    routes: [{ path: '/', upstream: backend.url }],
  });
}

/** Another client, whose session began before the flood, is served while and after it. */
async function assertOthersServed(t: Parameters<typeof startFront>[0], front: Front): Promise<() => Promise<void>> {
  const session = http2.connect(`https://localhost:${front.port}`, certificates.clientA);
  t.after(() => session.destroy());
  const serve = async (): Promise<void> => {
    assert.equal((await exchangeHttp2(session, { ':path': '/honest' })).status, 200);
  };
  await serve();
  return serve;
}

/** Sends what `next` makes, again and again, until the connection is closed; fails where it is not after `most` times. */
async function floodUntilClosed(client: FrameClient, most: number, next: (index: number) => Buffer): Promise<number> {
  let index = 0;
  for (; index < most && client.writable; index += 1) {
    client.send(next(index));
    if (index % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
  }
  await client.closed;
  return index;
}

const floods: Readonly<Record<string, readonly [most: number, next: (index: number) => Buffer]>> = {
  'streams that are reset at once': [
    20_000,
    (index) =>
      Buffer.concat([
        headersFrame(2 * index + 1, get, whole),
        frame(frameTypes.rstStream, frameFlags.none, 2 * index + 1, cancel),
      ]),
  ],
  'uploads that are reset at once': [
    20_000,
    (index) =>
      Buffer.concat([
        headersFrame(2 * index + 1, [[':method', 'POST'], ...get.slice(1)], frameFlags.endHeaders),
        frame(frameTypes.rstStream, frameFlags.none, 2 * index + 1, cancel),
      ]),
  ],
  'requests without a method': [20_000, (index) => headersFrame(2 * index + 1, [[':path', '/x']], whole)],
  'a head in continuations without an end': [
    5000,
    (index) =>
      index === 0
        ? headersFrame(1, get, frameFlags.endStream)
        : frame(frameTypes.continuation, frameFlags.none, 1, headerBlock([[`x-${index}`, 'x'.repeat(1000)]])),
  ],
  'empty continuations': [
    50_000,
    (index) =>
      index === 0 ? headersFrame(1, get, frameFlags.endStream) : frame(frameTypes.continuation, frameFlags.none, 1),
  ],
  'frames of no stream': [
    50_000,
    (index) => frame(frameTypes.data, frameFlags.none, 2 * index + 1001, Buffer.from('x')),
  ],
  'windows that overflow': [
    1000,
    () => frame(frameTypes.windowUpdate, frameFlags.none, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff])),
  ],
  'a field table that is bent': [
    1000,
    (index) => frame(frameTypes.headers, whole, 2 * index + 1, Buffer.from([0xff, 0xff])),
  ],
};

for (const [what, [most, next]] of Object.entries(floods)) {
  test(`a flood of ${what} closes its own session`, async (t) => {
    const backend = await createRecordingBackend(t);
    const front = await start(t, backend);
    const others = await assertOthersServed(t, front);
    const client = await connectFrames(t, front.port, certificates.clientA);
    const flood = floodUntilClosed(client, most, next);
    await others();
    const sent = await flood;
    assert.ok(sent < most, `not closed after ${sent}`);
    assert.ok(backend.connections.length < 1000, `${backend.connections.length} connections to the backend`);
    await others();
  });
}

const answered: Readonly<Record<string, Buffer>> = {
  pings: frame(frameTypes.ping, frameFlags.none, 0, Buffer.alloc(8)),
  settings: frame(frameTypes.settings, frameFlags.none, 0, Buffer.from([0, 4, 0, 1, 0, 0])),
};

for (const [what, bytes] of Object.entries(answered)) {
  test(`a flood of ${what} whose answers nobody reads is closed or held back`, async (t) => {
    const backend = await createRecordingBackend(t);
    const front = await start(t, backend);
    const others = await assertOthersServed(t, front);
    const client = await connectFrames(t, front.port, certificates.clientA);
    client.pause();
    const many = Buffer.concat(Array.from({ length: 20_000 }, () => bytes));
    for (let index = 0; index < 60 && client.writable; index += 1) {
      client.send(many);
      await others();
    }
    // What the sockets hold, of both sides, and no more.
    assert.ok(!client.writable || client.bytesTaken < 16_000_000, `${client.bytesTaken} bytes were taken`);
    client.destroy();
    await others();
  });
}

test('a head with more fields than allowed is refused, and does not reach the backend', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await start(t, backend, { maxHeaders: 50 });
  const others = await assertOthersServed(t, front);
  const many = Array.from({ length: 200 }, (_, index): Field => [`x-${index}`, '1']);
  const client = await connectFrames(t, front.port, certificates.clientA);
  client.send(headersFrame(1, [...get, ...many], whole));
  const outcome = await client.outcome(1);
  assert.notDeepEqual(outcome, { kind: 'status', status: 200 });
  assert.equal(backend.heads.filter((text) => text.includes('x-1: 1')).length, 0);
  await others();
});

test('a head of more bytes than allowed is refused, also where it is small in transit', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await start(t, backend, { maxHeadBytes: '16k' });
  const others = await assertOthersServed(t, front);
  // A field put into the table once (literal with incremental indexing), and then referred to by one byte each time.
  const value = 'x'.repeat(3000);
  const length = Buffer.from([0x7f, ((value.length - 0x7f) & 0x7f) | 0x80, (value.length - 0x7f) >> 7]);
  const bomb = Buffer.concat([
    headerBlock(get),
    Buffer.from([0x40, 3]),
    Buffer.from('x-a'),
    length,
    Buffer.from(value),
    Buffer.alloc(2000, 0x80 | 62),
  ]);
  const client = await connectFrames(t, front.port, certificates.clientA);
  client.send(frame(frameTypes.headers, whole, 1, bomb));
  assert.notDeepEqual(await client.outcome(1), { kind: 'status', status: 200 });
  assert.equal(backend.heads.filter((text) => text.includes('x-a')).length, 0);
  await others();
});

test('no more requests at once than allowed, and those above it wait for none of the others', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: (text) => (text.includes('/honest') ? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' : undefined),
  });
  const front = await start(t, backend, { http2MaxConcurrentStreams: 10 });
  const others = await assertOthersServed(t, front);
  const client = await connectFrames(t, front.port, certificates.clientA);
  for (let index = 0; index < 15; index += 1) client.send(headersFrame(2 * index + 1, get, whole));
  // The last of them is refused, or all of them with the session.
  const last = await client.outcome(29);
  assert.notEqual(last.kind, 'status');
  await others();
  assert.ok(backend.heads.filter((text) => text.startsWith('GET / ')).length <= 10);
});

test('a client that cancels now and then is not taken for a flood', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await start(t, backend);
  const client = await connectFrames(t, front.port, certificates.clientA);
  for (let index = 0; index < 100; index += 1) {
    client.send(headersFrame(2 * index + 1, get, whole), frame(frameTypes.rstStream, 0, 2 * index + 1, cancel));
  }
  client.send(headersFrame(201, get, whole));
  const outcome = await client.outcome(201);
  assert.equal(outcome.kind, 'status');
});
