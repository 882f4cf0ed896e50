// How long an upstream is waited for, in each phase, and what happens when the one who asked is gone.

import assert from 'node:assert/strict';
import net, { type AddressInfo } from 'node:net';
import { PassThrough, Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { ask, startAsking, startUpstream } from '../../support/ask-upstream.ts';
import { createRecordingBackend, okResponse } from '../../support/recording-backend.ts';
import { makeUpstreamConfig, serverAt } from '../../support/upstream-config.ts';

const post = { method: 'POST', repeatable: false } as const;

describe('a server that', () => {
  test('cannot be connected to in time is a timeout', async (t) => {
    const upstream = startUpstream(t, makeUpstreamConfig(['http://b.test:80'], { connectTimeoutMs: 30 }), {
      lookupAll: () => {},
    });
    const { failure } = await ask(upstream);
    assert.equal(failure?.code, 'upstream-timeout');
    assert.match(failure?.message ?? '', /http:\/\/b\.test:80 does not answer.*\(waited 30 ms\)/);
  });

  test('does not answer in time is a timeout, its connection closed and another server asked', async (t) => {
    const silent = await createRecordingBackend(t, { respond: () => undefined });
    const config = makeUpstreamConfig([silent.url], { responseTimeoutMs: 30 });
    const upstream = startUpstream(t, config);
    const { failure } = await ask(upstream);
    assert.equal(failure?.code, 'upstream-timeout');
    assert.match(failure?.message ?? '', /did not answer within 30 ms/);
    await silent.connections[0]?.closed;
    const quick = await createRecordingBackend(t);
    const both = startUpstream(t, { ...config, servers: [silent.url, quick.url].map((url) => serverAt(url)) });
    assert.equal((await ask(both)).body, 'ok');
  });

  test('is asked by a route with limits of its own is held to those', async (t) => {
    const silent = await createRecordingBackend(t, { respond: () => undefined });
    const upstream = startUpstream(t, makeUpstreamConfig([silent.url], { responseTimeoutMs: 60_000 }));
    const { failure } = await ask(upstream, { request: { responseTimeoutMs: 20 } });
    assert.match(failure?.message ?? '', /within 20 ms/);
  });

  test('sends informational responses meanwhile is waited for anew after each', async (t) => {
    const backend = await createRecordingBackend(t, {
      respond: (_head, socket) => {
        let left = 4;
        const timer = setInterval(() => {
          left -= 1;
          socket.write(left > 0 ? 'HTTP/1.1 102 Processing\r\n\r\n' : okResponse);
          if (left === 0) clearInterval(timer);
        }, 60);
        return undefined;
      },
    });
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url], { responseTimeoutMs: 150 }));
    const { status, informational } = await ask(upstream);
    assert.equal(status, 200);
    assert.equal(informational.length, 3);
  });

  test('falls silent in the middle of its response is given up, its response not taken for complete', async (t) => {
    const backend = await createRecordingBackend(t, {
      respond: () => 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart',
    });
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url], { bodyIdleTimeoutMs: 30 }));
    const { failure, body } = await ask(upstream);
    assert.equal(body, 'part');
    assert.equal(failure?.code, 'upstream-timeout');
    await backend.connections[0]?.closed;
  });

  test('stops taking the request body is given up', async (t) => {
    const backend = await createRecordingBackend(t, { stall: true, respond: () => undefined });
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url], { bodyIdleTimeoutMs: 100 }));
    const body = new PassThrough();
    const asking = startAsking(upstream, { body, request: post });
    const piece = Buffer.alloc(65_536);
    const feed = (): void => {
      while (body.write(piece));
    };
    body.on('drain', feed);
    feed();
    const { failure } = await asking.done;
    assert.equal(failure?.code, 'upstream-timeout');
    assert.match(failure?.message ?? '', /stopped taking the request body/);
    body.destroy();
  });

  test('takes its time over a long upload is not held to the response timeout before that is over', async (t) => {
    const backend = await createRecordingBackend(t, { respond: () => undefined });
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url], { responseTimeoutMs: 50 }));
    const body = new PassThrough();
    const asking = startAsking(upstream, { body, request: post });
    body.write('a');
    await backend.untilReceived('1\r\na\r\n');
    const timer = setTimeout(() => body.end('b'), 150);
    await backend.untilReceived('1\r\nb\r\n0\r\n\r\n');
    clearTimeout(timer);
    backend.connections[0]?.socket.write(okResponse);
    assert.equal((await asking.done).status, 200);
  });
});

describe('a client that', () => {
  test('stops sending its body is given up', async (t) => {
    const backend = await createRecordingBackend(t, { respond: () => undefined });
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
    const stream = new PassThrough();
    stream.write('part');
    const body = { stream, maxBytes: 0, idleTimeoutMs: 30, onBytes: () => {} };
    const { failure } = await ask(upstream, { request: { ...post, body } });
    assert.equal(failure?.code, 'request-timeout');
    await backend.connections[0]?.closed;
  });

  test('stops reading the response is given up', async (t) => {
    const backend = await createRecordingBackend(t, {
      respond: () => Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), Buffer.alloc(4 << 20)]),
    });
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
    const sink = new Writable({ write: () => {} });
    const { failure } = await ask(upstream, { sink, sinkIdleMs: 30 });
    assert.equal(failure?.code, 'request-timeout');
    await backend.connections[0]?.closed;
  });

  for (const phase of ['connecting', 'waiting', 'uploading', 'downloading'] as const) {
    test(`goes away while ${phase} takes the request with it`, async (t) => {
      let heard = (): void => {};
      const asked = new Promise<void>((resolve) => {
        heard = resolve;
      });
      const backend = await createRecordingBackend(t, {
        respond: () => (phase === 'downloading' ? 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart' : undefined),
      });
      const lookupAll = heard;
      const config = makeUpstreamConfig([phase === 'connecting' ? 'http://b.test:80' : backend.url]);
      const upstream = startUpstream(t, config, phase === 'connecting' ? { lookupAll: () => lookupAll() } : {});
      const body = new PassThrough();
      const asking = startAsking(upstream, {
        ...(phase === 'uploading' ? { body, request: post } : {}),
        sink: new Writable({
          write(_chunk, _encoding, done) {
            heard();
            done();
          },
        }),
      });
      void asking.done.then(({ failure }) =>
        assert.fail(`told of ${failure?.message ?? 'success'} after it was aborted`),
      );
      body.write('part');
      if (phase === 'uploading') await backend.untilReceived('part');
      else if (phase === 'waiting') await backend.untilHeads(1);
      else await asked;
      asking.abort();
      asking.abort();
      assert.equal(upstream.snapshot().servers[0]?.inFlight, 0);
      await backend.connections[0]?.closed;
      assert.equal(upstream.snapshot().servers[0]?.idleConnections, 0);
    });
  }
});

test('closing waits for what is in flight, no longer than it is told to', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => undefined });
  const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
  const asking = startAsking(upstream);
  await backend.untilHeads(1);
  const closed = upstream.close(60_000);
  backend.connections[0]?.socket.write(okResponse);
  assert.equal((await asking.done).status, 200);
  await closed;
  await backend.connections[0]?.closed;

  const stuck = startUpstream(t, makeUpstreamConfig([backend.url]));
  startAsking(stuck);
  await backend.untilHeads(2);
  await stuck.close(20);
  await backend.connections[1]?.closed;
});

test('a retired upstream keeps no connection, and still finishes what is in flight', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: (head) => (head.startsWith('GET /slow') ? undefined : okResponse),
  });
  const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
  const slow = startAsking(upstream, { request: { path: '/slow' } });
  await backend.untilHeads(1);
  await ask(upstream);
  upstream.retire();
  await backend.connections[1]?.closed;
  backend.connections[0]?.socket.write(okResponse);
  assert.equal((await slow.done).status, 200);
  await backend.connections[0]?.closed;
});

/** Resolves when a number has not changed for many turns of the event loop. */
async function untilSteady(read: () => number): Promise<void> {
  let last = read();
  for (let turns = 0; turns < 300; turns += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (read() === last) continue;
    last = read();
    turns = 0;
  }
}

/** What the buffers of two kernel sockets and of our streams may hold between a writer and a reader who has stopped. */
const buffersBytes = 24 << 20;
const bodyBytes = 64 << 20;

test('a response is taken no faster than it is read', async (t) => {
  let writer: net.Socket | undefined;
  const server = net.createServer((socket) => {
    writer = socket;
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${bodyBytes}\r\n\r\n`);
      writeAll(socket, bodyBytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const upstream = startUpstream(t, makeUpstreamConfig([`http://127.0.0.1:${(server.address() as AddressInfo).port}`]));
  let received = 0;
  let goOn: (() => void) | undefined;
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const first = received === 0;
      received += chunk.length;
      if (first) goOn = done;
      else done();
    },
  });
  const asking = startAsking(upstream, { sink });
  const taken = (): number => (writer?.bytesWritten ?? 0) - (writer?.writableLength ?? 0);
  await untilSteady(taken);
  assert.ok(received > 0 && received < bodyBytes);
  assert.ok(taken() < buffersBytes, `${taken() >> 20} MiB were taken off the server`);
  goOn?.();
  const { failure } = await asking.done;
  await new Promise((resolve) => sink.end(resolve));
  assert.equal(failure, undefined);
  assert.equal(received, bodyBytes);
});

test('a request body is taken no faster than the server reads it', async (t) => {
  const backend = await createRecordingBackend(t, { stall: true, respond: () => undefined });
  const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
  const body = new PassThrough();
  let taken = 0;
  const onBytes = (bytes: number): void => {
    taken += bytes;
  };
  const request = { ...post, body: { stream: body, maxBytes: 0, idleTimeoutMs: 0, onBytes } };
  startAsking(upstream, { request });
  writeAll(body, bodyBytes);
  await untilSteady(() => taken);
  assert.ok(taken > 0);
  assert.ok(taken < buffersBytes, `${taken >> 20} MiB were taken off the client`);
  body.destroy();
});

function writeAll(sink: Writable, bytes: number): void {
  const piece = Buffer.alloc(65_536);
  let left = bytes;
  const feed = (): void => {
    while (left > 0) {
      left -= piece.length;
      if (!sink.write(piece)) return;
    }
  };
  sink.on('drain', feed);
  feed();
}
