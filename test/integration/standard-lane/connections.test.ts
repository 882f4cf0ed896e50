// The client's connection around an exchange: what keeps it, what ends it, how, and what its end means for the upstream.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { makeCertificate, temporaryDirectory } from '../../support/openssl.ts';
import { connectRaw } from '../../support/raw-client.ts';
import { createRecordingBackend, okResponse } from '../../support/recording-backend.ts';
import { startTestLane } from '../../support/test-lane.ts';
import { makeUpstreamConfig } from '../../support/upstream-config.ts';

const get = 'GET / HTTP/1.1\r\nHost: x.test\r\n\r\n';
const postHead = 'POST / HTTP/1.1\r\nHost: x.test\r\nContent-Length: 1000000\r\n\r\n';

/** Nothing may come after what is there: the connection is idle, and in use again at once. */
const statuses = (received: string): string[] => received.match(/HTTP\/1\.1 \d{3}/g) ?? [];

describe('the connection of a client', () => {
  test('carries one request after the other, pipelined ones in their order', async (t) => {
    const backend = await createRecordingBackend(t, {
      respond: (head, socket) => {
        const target = head.split(' ')[1] ?? '';
        const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`;
        // The later one is answered first.
        if (target === '/1') {
          void backend.untilReceived('GET /2').then(() => setImmediate(() => socket.write(answer)));
          return undefined;
        }
        return answer;
      },
    });
    const lane = await startTestLane(t, makeUpstreamConfig([backend.url]));
    const client = await connectRaw(t, lane);
    client.send('GET /1 HTTP/1.1\r\nHost: x.test\r\n\r\nGET /2 HTTP/1.1\r\nHost: x.test\r\n\r\n');
    const received = await client.until('/2');
    assert.match(received, /\r\n\r\n\/1HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n\/2$/);
  });

  test('of HTTP/1.0 ends with the response, unless it asks to be kept', async (t) => {
    const backend = await createRecordingBackend(t);
    const lane = await startTestLane(t, makeUpstreamConfig([backend.url]));
    const closing = await connectRaw(t, lane);
    closing.send('GET / HTTP/1.0\r\nHost: x.test\r\n\r\n');
    assert.match(await closing.closed, /ok$/);
    const kept = await connectRaw(t, lane);
    for (let i = 1; i <= 2; i += 1) {
      kept.send('GET / HTTP/1.0\r\nHost: x.test\r\nConnection: keep-alive\r\n\r\n');
      await kept.until('ok', i);
    }
  });

  test('of HTTP/1.0 gets chunks as plain bytes up to its end', async (t) => {
    const backend = await createRecordingBackend(t, {
      respond: () => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n',
    });
    const lane = await startTestLane(t, makeUpstreamConfig([backend.url]));
    const client = await connectRaw(t, lane);
    client.send('GET / HTTP/1.0\r\nHost: x.test\r\n\r\n');
    const received = await client.closed;
    assert.doesNotMatch(received, /transfer-encoding|X-Sum/i);
    assert.match(received, /\r\n\r\nok$/);
    assert.equal(client.reset, false);
  });

  test('ends after the response when the gateway wants it to', async (t) => {
    const backend = await createRecordingBackend(t);
    const lane = await startTestLane(t, makeUpstreamConfig([backend.url]), { close: true });
    const client = await connectRaw(t, lane);
    client.send(get);
    const received = await client.closed;
    assert.match(received, /^connection: close\r$/im);
    assert.match(received, /ok$/);
  });

  for (const secure of [false, true]) {
    test(`survives long enough to read an answer that came before the upload was over${secure ? ', over TLS' : ''}`, async (t) => {
      const backend = await createRecordingBackend(t, {
        respond: () => 'HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n',
      });
      let tls = {};
      if (secure) {
        const { certificate, key } = makeCertificate(temporaryDirectory(t), { name: 'x' });
        tls = { tls: { cert: readFileSync(certificate), key: readFileSync(key) } };
      }
      const lane = await startTestLane(t, makeUpstreamConfig([backend.url]), tls);
      const target = { port: lane.port, allowHalfOpen: true };
      const client = await connectRaw(t, target, secure ? { rejectUnauthorized: false } : undefined);
      client.send(postHead);
      client.send('a'.repeat(1000));
      const received = await client.until('\r\n0\r\n\r\n');
      assert.deepEqual(statuses(received), ['HTTP/1.1 403']);
      assert.match(received, /^connection: close\r$/im);
      // More of it is taken off the wire, and nothing of it is answered or passed on.
      for (let i = 0; i < 20 && !client.reset; i += 1) {
        await new Promise((resolve) => client.socket.write('a'.repeat(10_000), resolve));
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal(client.reset, false);
      client.socket.end();
      await client.closed;
      assert.equal(client.received, received);
      assert.equal(backend.heads.length, 1);
      const [exchange] = await lane.untilFinished(1);
      assert.equal(exchange?.status, 403);
      assert.equal(exchange?.failure, undefined);
    });
  }

  test('is kept after an upload that was over when the answer came', async (t) => {
    const backend = await createRecordingBackend(t, {
      respond: (head, socket) => {
        if (head.startsWith('GET')) return okResponse;
        void backend.untilReceived('\r\n\r\nabc').then(() => socket.write(okResponse));
        return undefined;
      },
    });
    const lane = await startTestLane(t, makeUpstreamConfig([backend.url]));
    const client = await connectRaw(t, lane);
    client.send('POST / HTTP/1.1\r\nHost: x.test\r\nContent-Length: 3\r\n\r\nabc');
    await client.until('ok');
    client.send(get);
    await client.until('ok', 2);
    assert.equal(backend.connections.length, 1);
  });
});

describe('Expect: 100-continue', () => {
  const expecting = 'POST / HTTP/1.1\r\nHost: x.test\r\nExpect: 100-Continue\r\nContent-Length: 5000000\r\n\r\n';

  test('is granted when somebody is there to take the body', async (t) => {
    const backend = await createRecordingBackend(t, { respond: () => undefined });
    const lane = await startTestLane(t, makeUpstreamConfig([backend.url]));
    const client = await connectRaw(t, lane);
    client.send(expecting);
    await client.until('HTTP/1.1 100 Continue\r\n\r\n');
    client.send('b'.repeat(5_000_000));
    await backend.untilReceived('b'.repeat(5_000_000));
    assert.doesNotMatch(backend.heads[0] ?? '', /^expect/im);
    backend.connections[0]?.socket.write(okResponse);
    const received = await client.until('ok');
    assert.deepEqual(statuses(received), ['HTTP/1.1 100', 'HTTP/1.1 200']);
  });

  test('is not granted where nobody is: the body stays where it is', async (t) => {
    const backend = await createRecordingBackend(t);
    await backend.close();
    const lane = await startTestLane(t, makeUpstreamConfig([backend.url]));
    const client = await connectRaw(t, lane);
    client.send(expecting);
    const received = await client.until('"}');
    assert.deepEqual(statuses(received), ['HTTP/1.1 502']);
    client.socket.end();
    await client.closed;
  });

  test('is not granted for a body that is too large', async (t) => {
    const backend = await createRecordingBackend(t);
    const lane = await startTestLane(t, makeUpstreamConfig([backend.url]), { maxBodyBytes: 4_999_999 });
    const client = await connectRaw(t, lane);
    client.send(expecting);
    const received = await client.until('"}');
    assert.deepEqual(statuses(received), ['HTTP/1.1 413']);
    assert.equal(backend.connections.length, 0);
    client.socket.end();
    await client.closed;
  });
});

describe('a client that goes away', () => {
  for (const how of ['closes', 'resets'] as const) {
    for (const when of [
      'before the response',
      'in the middle of its upload',
      'in the middle of the response',
    ] as const) {
      test(`${how} ${when} takes the request with it at once`, async (t) => {
        const backend = await createRecordingBackend(t, {
          respond: () =>
            when === 'in the middle of the response'
              ? 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart'
              : undefined,
        });
        const lane = await startTestLane(t, makeUpstreamConfig([backend.url]));
        const client = await connectRaw(t, lane);
        if (when === 'in the middle of its upload') {
          client.send(`${postHead}part`);
          await backend.untilReceived('part');
        } else {
          client.send(get);
          await (when === 'before the response' ? backend.untilHeads(1) : client.until('part'));
        }
        const startedMs = performance.now();
        if (how === 'resets') client.socket.resetAndDestroy();
        else client.socket.destroy();
        await backend.connections[0]?.closed;
        assert.ok(performance.now() - startedMs < 1000);
        const [exchange] = await lane.untilFinished(1);
        assert.equal(exchange?.failure?.code, 'client-closed');
        assert.equal(exchange?.status, when === 'in the middle of the response' ? 200 : 0);
        assert.equal(exchange?.responseBodyBytes, when === 'in the middle of the response' ? 4 : 0);
        assert.equal(lane.upstream.snapshot().servers[0]?.inFlight, 0);
        assert.equal(lane.upstream.snapshot().servers[0]?.fails, 0, 'the upstream is not to blame');
      });
    }
  }

  test('stops sending its body gets 408', async (t) => {
    const backend = await createRecordingBackend(t, { respond: () => undefined });
    const lane = await startTestLane(t, makeUpstreamConfig([backend.url]), { bodyIdleTimeoutMs: 30 });
    const client = await connectRaw(t, lane);
    client.send(`${postHead}part`);
    assert.deepEqual(statuses(await client.until('"}')), ['HTTP/1.1 408']);
    client.socket.end();
    await backend.connections[0]?.closed;
    const [exchange] = await lane.untilFinished(1);
    assert.equal(exchange?.failure?.code, 'request-timeout');
    assert.equal(exchange?.requestBodyBytes, 4);
  });
});

describe('an upstream that breaks off its response', () => {
  for (const [name, head] of [
    ['of known length', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart'],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n'],
  ] as const) {
    test(`${name} cuts the client, which cannot take it for complete`, async (t) => {
      const backend = await createRecordingBackend(t, { respond: () => head });
      const lane = await startTestLane(t, makeUpstreamConfig([backend.url]));
      const client = await connectRaw(t, lane);
      client.send(get);
      await client.until('part');
      backend.connections[0]?.socket.resetAndDestroy();
      const received = await client.closed;
      assert.doesNotMatch(received, /\r\n0\r\n/);
      const [exchange] = await lane.untilFinished(1);
      assert.equal(exchange?.failure?.code, 'upstream-unreachable');
      assert.equal(exchange?.status, 200);
    });
  }

  test('to an HTTP/1.0 client, for whom the end of the connection is the end, resets it', async (t) => {
    const backend = await createRecordingBackend(t, {
      respond: () => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n',
    });
    const lane = await startTestLane(t, makeUpstreamConfig([backend.url]));
    const client = await connectRaw(t, lane);
    client.send('GET / HTTP/1.0\r\nHost: x.test\r\n\r\n');
    await client.until('part');
    backend.connections[0]?.socket.end();
    await client.closed;
    assert.equal(client.reset, true);
  });
});

test('the head of a response does not wait for its body', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: () => 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Bytes: \xe9\r\n\r\n',
  });
  const lane = await startTestLane(t, makeUpstreamConfig([backend.url]));
  const client = await connectRaw(t, lane);
  client.send(get);
  const head = await client.until('\r\n\r\n');
  assert.match(head, /X-Bytes: \xe9\r\n/);
  backend.connections[0]?.socket.write('data: 1\n\n');
  await client.until('data: 1\n\n');
  backend.connections[0]?.socket.end('data: 2\n\n');
  await client.until('data: 2\n\n\r\n0\r\n\r\n');
});

test('an exchange knows in the end what happened', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: (_head, socket) => {
      void backend
        .untilReceived('abc')
        .then(() => socket.write('HTTP/1.1 201 Created\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 2\r\n\r\nok'));
      return undefined;
    },
  });
  const lane = await startTestLane(t, makeUpstreamConfig([backend.url]));
  const client = await connectRaw(t, lane);
  client.send('PUT /x HTTP/1.1\r\nHost: x.test\r\nContent-Length: 3\r\n\r\nabc');
  await client.until('ok');
  const [exchange] = await lane.untilFinished(1);
  assert.equal(exchange?.lane, 'standard');
  assert.equal(exchange?.status, 201);
  assert.equal(exchange?.requestBodyBytes, 3);
  assert.equal(exchange?.responseBodyBytes, 2);
  assert.deepEqual(exchange?.responseHeaders, { 'x-a': ['1', '2'], 'content-length': '2' });
  assert.equal(exchange?.attempts.length, 1);
  const [attempt] = exchange?.attempts ?? [];
  assert.equal(attempt?.address, `127.0.0.1:${backend.port}`);
  assert.equal(attempt?.status, 201);
  assert.equal(attempt?.responseBytes, 2);
  assert.equal(attempt?.error, undefined);
});
