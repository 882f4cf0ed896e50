// When one server fails, which requests go to another, which are repeated and which are not; what is said of it.

import assert from 'node:assert/strict';
import net, { type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import { ask, startAsking, startUpstream } from '../../support/ask-upstream.ts';
import { createRecordingBackend, okResponse, type Respond } from '../../support/recording-backend.ts';
import { makeUpstreamConfig, serverAt } from '../../support/upstream-config.ts';

/** The URL of a port on which nobody listens. */
async function deadUrl(): Promise<string> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const named =
  (name: string): Respond =>
  () =>
    `HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`;

const closes: Respond = (_head, socket) => {
  socket.end();
  return undefined;
};

const backendNamed = (t: TestContext, name: string) => createRecordingBackend(t, { respond: named(name) });

const post = { request: { method: 'POST', contentLength: 3, repeatable: false } } as const;

describe('a server that refuses connections', () => {
  test('is passed over, for any request', async (t) => {
    const alive = await backendNamed(t, 'b');
    const upstream = startUpstream(t, makeUpstreamConfig([await deadUrl(), alive.url]));
    const first = await ask(upstream, { ...post, body: 'abc' });
    assert.equal(first.body, 'b');
    assert.equal(first.attempts.length, 2);
    assert.match(first.attempts[0]?.error ?? '', /refuses connections/);
    assert.equal(first.attempts[1]?.status, 200);
    assert.match(alive.received, /\r\n\r\nabc$/);
  });

  test('is not asked again for failTimeout, and the log says so once', async (t) => {
    const alive = await backendNamed(t, 'b');
    const dead = await deadUrl();
    let now = 1000;
    const upstream = startUpstream(t, makeUpstreamConfig([dead, alive.url]), { now: () => now });
    await ask(upstream);
    for (let i = 0; i < 4; i += 1) assert.equal((await ask(upstream)).attempts.length, 1);
    assert.equal(upstream.snapshot().servers[0]?.up, false);
    assert.deepEqual(upstream.log.lines, [
      `warn: upstream service1: ${dead} refuses connections: nothing listens there; start the service or mend the address; it is not asked for 10000 ms`,
    ]);
    now += 10_001;
    await ask(upstream);
    await ask(upstream);
    assert.equal(upstream.log.lines.length, 1, 'a trial that fails is no news');
  });

  test('is asked again when it is back, and the log says so once', async (t) => {
    const dead = await deadUrl();
    const alive = await backendNamed(t, 'b');
    let now = 1000;
    const upstream = startUpstream(t, makeUpstreamConfig([dead, alive.url]), { now: () => now });
    await ask(upstream);
    await createRecordingBackend(t, { respond: named('a'), port: Number(new URL(dead).port) });
    now += 10_001;
    const bodies = new Set<string>();
    for (let i = 0; i < 4; i += 1) bodies.add((await ask(upstream)).body);
    assert.deepEqual([...bodies].sort(), ['a', 'b']);
    assert.equal(upstream.log.lines.at(-1), `info: upstream service1: ${dead} answers again`);
    assert.equal(upstream.log.lines.length, 2);
  });

  test('alone is asked by every request', async (t) => {
    const dead = await deadUrl();
    const upstream = startUpstream(t, makeUpstreamConfig([dead]));
    for (let i = 0; i < 3; i += 1) {
      const { failure, attempts } = await ask(upstream);
      assert.equal(failure?.code, 'upstream-unreachable');
      assert.equal(attempts.length, 1);
    }
    assert.equal(upstream.log.lines.length, 1);
    assert.equal(upstream.snapshot().servers[0]?.up, true);
  });

  test('leaves the request to a backup', async (t) => {
    const backup = await backendNamed(t, 'backup');
    const upstream = startUpstream(
      t,
      makeUpstreamConfig([serverAt(await deadUrl()), serverAt(backup.url, { backup: true })]),
    );
    assert.equal((await ask(upstream)).body, 'backup');
  });

  test('with all others fails the request, each having been asked once; after that nobody is asked', async (t) => {
    const upstream = startUpstream(t, makeUpstreamConfig([await deadUrl(), await deadUrl(), await deadUrl()]));
    const first = await ask(upstream);
    assert.equal(first.failure?.code, 'upstream-unreachable');
    assert.equal(new Set(first.attempts.map(({ address }) => address)).size, 3);
    const second = await ask(upstream);
    assert.equal(second.failure?.code, 'upstream-unavailable');
    assert.match(second.failure?.message ?? '', /3 out after failures/);
    assert.equal(second.attempts.length, 0);
  });
});

describe('a server that closes the connection instead of answering', () => {
  test('is passed over for a request that may be repeated', async (t) => {
    const bad = await createRecordingBackend(t, { respond: closes });
    const good = await backendNamed(t, 'b');
    const upstream = startUpstream(t, makeUpstreamConfig([bad.url, good.url]));
    const { body, attempts } = await ask(upstream);
    assert.equal(body, 'b');
    assert.equal(attempts.length, 2);
  });

  test('fails one that may not: it could have been carried out', async (t) => {
    const bad = await createRecordingBackend(t, { respond: closes });
    const good = await backendNamed(t, 'b');
    const upstream = startUpstream(t, makeUpstreamConfig([bad.url, good.url]));
    const { failure, attempts } = await ask(upstream, { ...post, body: 'abc' });
    assert.equal(failure?.code, 'upstream-unreachable');
    assert.equal(attempts.length, 1);
    assert.equal(good.heads.length, 0);
  });
});

describe('an answer', () => {
  for (const status of [503, 502, 429, 500]) {
    test(`of ${status} is an answer: nobody else is asked, and it does not count against the server`, async (t) => {
      const respond: Respond = () => `HTTP/1.1 ${status} No\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n`;
      const first = await createRecordingBackend(t, { respond });
      const second = await createRecordingBackend(t, { respond });
      const upstream = startUpstream(t, makeUpstreamConfig([first.url, second.url]));
      for (let i = 0; i < 100; i += 1) assert.equal((await ask(upstream)).status, status);
      assert.equal(first.heads.length, 50);
      assert.equal(second.heads.length, 50);
    });
  }

  test('that is no HTTP goes to another server only where the request may be repeated', async (t) => {
    const bad = await createRecordingBackend(t, { respond: () => 'not HTTP at all\r\n\r\n' });
    const good = await backendNamed(t, 'b');
    const config = makeUpstreamConfig([bad.url, good.url]);
    assert.equal((await ask(startUpstream(t, config))).body, 'b');
    const { failure } = await ask(startUpstream(t, config), { ...post, body: 'abc' });
    assert.equal(failure?.code, 'upstream-invalid');
  });
});

describe('a kept connection that the server has closed meanwhile', () => {
  /** Answers the first request of each connection and closes it when the second comes: the usual race. */
  const respondOnce: Respond = (_head, socket, connection) => {
    if ((connection.received.match(/ HTTP\/1\.1\r\n/g) ?? []).length === 1) return okResponse;
    socket.resetAndDestroy();
    return undefined;
  };

  test('costs a request that may be repeated one more attempt, on a new connection to the same server', async (t) => {
    const backend = await createRecordingBackend(t, { respond: respondOnce });
    const other = await backendNamed(t, 'other');
    const upstream = startUpstream(
      t,
      makeUpstreamConfig([serverAt(backend.url), serverAt(other.url, { backup: true })]),
    );
    await ask(upstream);
    const second = await ask(upstream);
    assert.equal(second.body, 'ok');
    assert.deepEqual(
      second.attempts.map(({ address }) => address),
      [`127.0.0.1:${backend.port}`, `127.0.0.1:${backend.port}`],
    );
    assert.equal(backend.connections.length, 2);
    assert.deepEqual(upstream.log.lines, [], 'it is no failure of the server');
    assert.equal(upstream.snapshot().servers[0]?.fails, 0);
  });

  test('fails a request that may not be repeated', async (t) => {
    const backend = await createRecordingBackend(t, { respond: respondOnce });
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
    await ask(upstream);
    const { failure, attempts } = await ask(upstream, { ...post, body: 'abc' });
    assert.equal(failure?.code, 'upstream-unreachable');
    assert.equal(attempts.length, 1);
  });

  test('is retried once, not forever', async (t) => {
    let broken = false;
    const backend = await createRecordingBackend(t, {
      respond: (_head, socket) => {
        if (!broken) return okResponse;
        socket.resetAndDestroy();
        return undefined;
      },
    });
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
    await Promise.all([ask(upstream), ask(upstream), ask(upstream)]);
    broken = true;
    const { failure, attempts } = await ask(upstream);
    assert.equal(failure?.code, 'upstream-unreachable');
    assert.equal(attempts.length, 2);
  });
});

describe('maxConnections', () => {
  test('sends the request too many elsewhere, and fails the one after that', async (t) => {
    const silent = await createRecordingBackend(t, { respond: () => undefined });
    const other = await createRecordingBackend(t, { respond: () => undefined });
    const upstream = startUpstream(
      t,
      makeUpstreamConfig([silent.url, other.url].map((url) => serverAt(url, { maxConnections: 1 }))),
    );
    const held = [startAsking(upstream), startAsking(upstream)];
    await Promise.all([silent.untilHeads(1), other.untilHeads(1)]);
    const { failure, attempts } = await ask(upstream);
    assert.equal(failure?.code, 'upstream-unavailable');
    assert.match(failure?.message ?? '', /2 with as many connections as they may have/);
    assert.equal(attempts.length, 0);
    silent.connections[0]?.socket.write(okResponse);
    assert.equal((await held[0]?.done)?.status, 200);
    startAsking(upstream);
    await silent.untilHeads(2);
    assert.equal(silent.connections.length, 1);
  });
});

describe('a request body', () => {
  test('that fails is the fault of the client: nobody else is asked, nothing is held against the server', async (t) => {
    const backend = await createRecordingBackend(t, { respond: () => undefined });
    const other = await backendNamed(t, 'b');
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url, other.url]));
    const body = new PassThrough();
    const asking = startAsking(upstream, { body, request: { method: 'POST' } });
    body.write('part');
    await backend.untilReceived('part');
    body.destroy();
    const { failure, attempts } = await asking.done;
    assert.equal(failure?.code, 'client-closed');
    assert.equal(attempts.length, 1);
    assert.equal(other.heads.length, 0);
    assert.equal(upstream.snapshot().servers[0]?.fails, 0);
    await backend.connections[0]?.closed;
  });
});

describe('least-connections', () => {
  test('counts what is in flight', async (t) => {
    const slow = await createRecordingBackend(t, { respond: () => undefined });
    const quick = await backendNamed(t, 'quick');
    const upstream = startUpstream(t, makeUpstreamConfig([slow.url, quick.url], { balance: 'least-connections' }));
    startAsking(upstream);
    await slow.untilHeads(1);
    for (let i = 0; i < 5; i += 1) assert.equal((await ask(upstream)).body, 'quick');
  });
});

describe('hash', () => {
  test('sends equal keys to the same server', async (t) => {
    const backends = [await backendNamed(t, 'a'), await backendNamed(t, 'b')];
    const upstream = startUpstream(
      t,
      makeUpstreamConfig(
        backends.map(({ url }) => url),
        { balance: 'hash' },
      ),
    );
    const bodies = new Set<string>();
    for (let key = 0; key < 20; key += 1) {
      const request = { hashKey: `key ${key}` };
      const { body } = await ask(upstream, { request });
      for (let i = 0; i < 3; i += 1) assert.equal((await ask(upstream, { request })).body, body);
      bodies.add(body);
    }
    assert.deepEqual([...bodies].sort(), ['a', 'b']);
  });
});
