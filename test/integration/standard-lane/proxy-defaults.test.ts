// What @fastify/http-proxy and @fastify/reply-from do to requests and responses when left to themselves, and must not do
// here: one test for each.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { loadUpstreamCredentials } from '../../../src/credentials/upstream-credentials.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../support/openssl.ts';
import { connectRaw } from '../../support/raw-client.ts';
import {
  createRecordingBackend,
  headerLines,
  okResponse,
  type RecordingBackend,
  type RecordingBackendOptions,
} from '../../support/recording-backend.ts';
import { startTestLane, type TestLane, type TestLaneOptions } from '../../support/test-lane.ts';
import { makeUpstreamConfig, makeUpstreamTlsConfig } from '../../support/upstream-config.ts';

interface Pair {
  readonly lane: TestLane;
  readonly backend: RecordingBackend;
  /** Sends these bytes and resolves with everything that comes back until the connection is closed. */
  exchange(bytes: string): Promise<string>;
}

async function startPair(
  t: TestContext,
  backendOptions: RecordingBackendOptions = {},
  laneOptions: TestLaneOptions = {},
): Promise<Pair> {
  const backend = await createRecordingBackend(t, backendOptions);
  const lane = await startTestLane(t, makeUpstreamConfig([backend.url]), laneOptions);
  return {
    lane,
    backend,
    exchange: async (bytes) => {
      const client = await connectRaw(t, lane);
      client.send(bytes);
      return await client.closed;
    },
  };
}

const get = (target: string, ...lines: string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: x.test', 'Connection: close', ...lines, '', ''].join('\r\n');

const statusOf = (answer: string): number => Number(answer.slice(9, 12));

describe('the target', () => {
  for (const target of [
    '/./admin',
    '/%2e/admin',
    '/a/../admin',
    '/..x',
    '/...',
    '/a\\b',
    '//evil.test/x',
    '/a//b',
    '/@evil.test',
    '/http://evil.test/',
    '/%zz',
    '/a%00b',
    '/a?b?c=%20+&d=..#',
    '/?',
  ]) {
    test(`reaches the upstream byte for byte: ${target}`, async (t) => {
      const { backend, exchange } = await startPair(t);
      assert.equal(statusOf(await exchange(get(target))), 200);
      assert.equal(backend.heads[0]?.split('\r\n')[0], `GET ${target} HTTP/1.1`);
    });
  }
});

test('the certificate of an upstream is verified', async (t) => {
  const directory = temporaryDirectory(t);
  const [ca, otherCa] = [makeCa(directory, 'ca'), makeCa(directory, 'other')];
  const files = makeCertificate(directory, { ca: otherCa, name: 'backend', san: 'IP:127.0.0.1' });
  const tls = { cert: readFileSync(files.certificate), key: readFileSync(files.key) };
  const backend = await createRecordingBackend(t, { tls });
  for (const [anchor, status] of [
    [ca, 502],
    [otherCa, 200],
  ] as const) {
    const config = makeUpstreamTlsConfig({ ca: [anchor.certificate] });
    const lane = await startTestLane(t, makeUpstreamConfig([backend.url], { tls: config }), {
      credentials: loadUpstreamCredentials(config, Date.now()),
    });
    const client = await connectRaw(t, lane);
    client.send(get('/'));
    const answer = await client.closed;
    assert.equal(statusOf(answer), status);
    assert.doesNotMatch(answer, /127\.0\.0\.1|CA|certificate/);
  }
  assert.equal(backend.heads.length, 1);
});

test('headers are planned for upgrades, too', async (t) => {
  const { backend, lane } = await startPair(t, { respond: () => undefined });
  const client = await connectRaw(t, lane);
  client.send(
    'GET /chat HTTP/1.1\r\nHost: x.test\r\nConnection: Upgrade, X-SSL-Client-Verify\r\nUpgrade: websocket\r\nX-SSL-Client-Verify: SUCCESS\r\nX_SSL_Client_S_DN: CN=admin\r\nSec-WebSocket-Key: k\r\n\r\n',
  );
  await backend.untilHeads(1);
  const lines = headerLines(backend.heads[0] ?? '');
  assert.deepEqual(
    lines.filter((line) => /ssl/i.test(line)),
    ['X-SSL-Client-Verify: NONE'],
  );
  assert.ok(lines.includes('Sec-WebSocket-Key: k'));
});

describe("headers of the client's own connection neither fail the request nor travel on", () => {
  for (const line of [
    'Keep-Alive: timeout=5',
    'Upgrade: h2c',
    'TE: gzip',
    'TE: trailers',
    'Trailer: X-A',
    'Proxy-Connection: keep-alive',
    'Proxy-Authorization: Basic eDp5',
    'HTTP2-Settings: AAMAAABkAAQAAP__',
    'Expect: 100-continue',
  ]) {
    test(line, async (t) => {
      const { backend, exchange } = await startPair(t);
      assert.equal(statusOf(await exchange(get('/', line))), 200);
      assert.doesNotMatch(backend.received, new RegExp(`^${line.split(':')[0]}:`, 'im'));
    });
  }
});

describe('a body is bytes', () => {
  const bytes = '\xff\xfe\x00\x80{"a":\r\n\r\n1}';
  for (const type of ['text/plain', 'application/json', 'text/plain; charset=utf-8', '', 'bogus type;;', 'x/y, z']) {
    test(`whatever its type is said to be: ${type === '' ? 'nothing' : type}`, async (t) => {
      const { backend, exchange } = await startPair(t, {
        respond: (_head, socket) => void setImmediate(() => socket.write(okResponse)) as undefined,
      });
      const typed = type === '' ? '' : `Content-Type: ${type}\r\n`;
      const head = `POST / HTTP/1.1\r\nHost: x.test\r\nConnection: close\r\n${typed}`;
      await exchange(`${head}Content-Length: ${bytes.length}\r\n\r\n${bytes}`);
      assert.ok(backend.received.endsWith(`\r\n\r\n${bytes}`));
      await exchange(`${head}Transfer-Encoding: chunked\r\n\r\n${bytes.length.toString(16)}\r\n${bytes}\r\n0\r\n\r\n`);
      assert.ok(backend.received.includes(`\r\n${bytes}\r\n`));
    });
  }

  test('of any size: nothing limits it unless maxBodyBytes does', async (t) => {
    const size = 3 << 20;
    const backend = await createRecordingBackend(t, { respond: () => undefined });
    const lane = await startTestLane(t, makeUpstreamConfig([backend.url]));
    const client = await connectRaw(t, lane);
    client.send(`POST / HTTP/1.1\r\nHost: x.test\r\nContent-Type: application/json\r\nContent-Length: ${size}\r\n\r\n`);
    client.send('a'.repeat(size));
    await backend.untilReceived('a'.repeat(size));
    backend.connections[0]?.socket.write(okResponse);
    await client.until('ok');
  });

  test('of a GET is not dropped', async (t) => {
    const { backend, lane } = await startPair(t, { respond: () => undefined });
    const client = await connectRaw(t, lane);
    client.send('GET / HTTP/1.1\r\nHost: x.test\r\nContent-Length: 3\r\n\r\nabc');
    await backend.untilReceived('\r\n\r\nabc');
  });
});

describe('maxBodyBytes', () => {
  for (const framing of ['Content-Length', 'chunks'] as const) {
    test(`holds for streamed bodies: ${framing}`, async (t) => {
      const respond = (_head: string, socket: net.Socket): undefined => {
        socket.once('end', () => socket.end());
      };
      const { backend, lane } = await startPair(t, { respond }, { maxBodyBytes: 1000 });
      const body = 'a'.repeat(1001);
      const head = 'POST / HTTP/1.1\r\nHost: x.test\r\n';
      const client = await connectRaw(t, lane);
      client.send(
        framing === 'chunks'
          ? `${head}Transfer-Encoding: chunked\r\n\r\n3e9\r\n${body}\r\n`
          : `${head}Content-Length: 1001\r\n\r\n${body}`,
      );
      const answer = await client.until('"}');
      client.socket.end();
      assert.equal(statusOf(answer), 413);
      assert.match(answer, /^connection: close\r$/im);
      const [exchanged] = await lane.untilFinished(1);
      assert.equal(exchanged?.failure?.code, 'body-too-large');
      if (framing === 'chunks') await backend.connections[0]?.closed;
      assert.doesNotMatch(backend.received, /aaa/);
      if (framing === 'Content-Length') assert.equal(backend.connections.length, 0);
    });

    test(`lets a body of exactly that size through: ${framing}`, async (t) => {
      const { lane } = await startPair(t, {}, { maxBodyBytes: 1000 });
      const client = await connectRaw(t, lane);
      const body = 'a'.repeat(1000);
      const head = 'POST / HTTP/1.1\r\nHost: x.test\r\n';
      client.send(
        framing === 'chunks'
          ? `${head}Transfer-Encoding: chunked\r\n\r\n3e8\r\n${body}\r\n0\r\n\r\n`
          : `${head}Content-Length: 1000\r\n\r\n${body}`,
      );
      assert.equal(statusOf(await client.until('ok')), 200);
    });
  }
});

test('a 503 is passed on and never asked for again', async (t) => {
  const { backend, lane } = await startPair(t, {
    respond: () => 'HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nbusy',
  });
  const client = await connectRaw(t, lane);
  for (let i = 1; i <= 100; i += 1) {
    client.send('GET / HTTP/1.1\r\nHost: x.test\r\n\r\n');
    await client.until('busy', i);
  }
  assert.equal(backend.heads.length, 100);
  assert.equal(client.received.match(/HTTP\/1\.1 503 Busy\r\nRetry-After: 1\r\n/g)?.length, 100);
});

test('a client that is gone before the response aborts the request to the upstream', async (t) => {
  const { backend, lane } = await startPair(t, { respond: () => undefined });
  const client = await connectRaw(t, lane);
  client.send('GET / HTTP/1.1\r\nHost: x.test\r\n\r\n');
  await backend.untilHeads(1);
  client.socket.destroy();
  await backend.connections[0]?.closed;
  const [exchanged] = await lane.untilFinished(1);
  assert.equal(exchanged?.failure?.code, 'client-closed');
  assert.equal(exchanged?.status, 0);
});

test('a client hears of an upgrade only when the upstream has agreed to it', async (t) => {
  const { backend, lane } = await startPair(t, { respond: () => undefined });
  const client = await connectRaw(t, lane);
  client.send('GET / HTTP/1.1\r\nHost: x.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await backend.untilHeads(1);
  assert.equal(client.received, '');
  backend.connections[0]?.socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno');
  const answer = await client.closed;
  assert.match(answer, /^HTTP\/1\.1 401 Unauthorized\r\n/);
  assert.match(answer, /\r\n\r\nno$/);
});

describe('a failure is told without addresses', () => {
  test('refused: 502', async (t) => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const lane = await startTestLane(t, makeUpstreamConfig([`http://127.0.0.1:${port}`]));
    const client = await connectRaw(t, lane);
    client.send(get('/'));
    const answer = await client.closed;
    assert.equal(statusOf(answer), 502);
    assert.doesNotMatch(answer, new RegExp(`127\\.0\\.0\\.1|ECONN|${port}`));
    const [exchanged] = await lane.untilFinished(1);
    assert.match(exchanged?.failure?.reason ?? '', new RegExp(`127\\.0\\.0\\.1:${port} refuses connections`));
  });

  test('garbage: 502', async (t) => {
    const { exchange } = await startPair(t, { respond: () => 'garbage\r\n\r\n' });
    const answer = await exchange(get('/'));
    assert.equal(statusOf(answer), 502);
    assert.doesNotMatch(answer, /127\.0\.0\.1|HPE|garbage/);
  });

  test('no answer in time: 504', async (t) => {
    const { exchange } = await startPair(t, { respond: () => undefined }, { route: { responseTimeoutMs: 20 } });
    assert.equal(statusOf(await exchange(get('/'))), 504);
  });

  test('nobody available: 503', async (t) => {
    const backend = await createRecordingBackend(t, { respond: () => undefined });
    const config = makeUpstreamConfig([backend.url]);
    const [server] = config.servers;
    assert.ok(server);
    const lane = await startTestLane(t, { ...config, servers: [{ ...server, maxConnections: 1 }] });
    (await connectRaw(t, lane)).send(get('/'));
    await backend.untilHeads(1);
    const client = await connectRaw(t, lane);
    client.send(get('/'));
    assert.equal(statusOf(await client.closed), 503);
  });
});

describe("headers of the upstream's own connection stay behind", () => {
  for (const line of [
    'Connection: X-Secret',
    'Keep-Alive: timeout=1234',
    'Upgrade: h2c',
    'Proxy-Authenticate: Basic',
    'Trailer: X-A',
    'X-SSL-Client-S-DN: CN=admin',
  ]) {
    test(line, async (t) => {
      const { lane } = await startPair(t, {
        respond: () => `HTTP/1.1 200 OK\r\n${line}\r\nX-Secret: 1\r\nX-Kept: 1\r\nContent-Length: 2\r\n\r\nok`,
      });
      const client = await connectRaw(t, lane);
      client.send('GET / HTTP/1.1\r\nHost: x.test\r\n\r\n');
      const answer = await client.until('ok');
      assert.ok(!answer.includes(line), answer);
      assert.equal(answer.includes('X-Secret'), !line.includes('X-Secret'));
      assert.ok(answer.includes('X-Kept: 1'));
    });
  }

  test('Connection: close of the upstream does not close the client', async (t) => {
    const { backend, lane } = await startPair(t, {
      respond: () => 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
    });
    const client = await connectRaw(t, lane);
    for (let i = 1; i <= 3; i += 1) {
      client.send('GET / HTTP/1.1\r\nHost: x.test\r\n\r\n');
      await client.until('ok', i);
    }
    assert.doesNotMatch(client.received, /connection: close/i);
    assert.equal(client.received.match(/ok/g)?.length, 3);
    assert.equal(backend.connections.length, 3);
  });

  test('Connection: close of the client does not close the upstream', async (t) => {
    const { backend, exchange } = await startPair(t);
    for (let i = 0; i < 5; i += 1) {
      const answer = await exchange(get('/'));
      assert.equal(statusOf(answer), 200);
      assert.match(answer, /^connection: close\r$/im);
    }
    assert.equal(backend.connections.length, 1);
    assert.doesNotMatch(backend.received, /connection: close/i);
  });
});

describe('responses without a body', () => {
  for (const { name, response, method = 'GET', expected } of [
    {
      name: '304 with a Content-Length',
      response: 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 500\r\n\r\n',
      expected: /^HTTP\/1\.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 500\r\n/,
    },
    {
      name: '204 with a Content-Length, which is left out',
      response: 'HTTP/1.1 204 No Content\r\nContent-Length: 500\r\nX-A: b\r\n\r\n',
      expected: /^HTTP\/1\.1 204 No Content\r\nX-A: b\r\n(?!Content-Length)/,
    },
    {
      name: 'HEAD with a Content-Length',
      method: 'HEAD',
      response: 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n',
      expected: /^HTTP\/1\.1 200 OK\r\nContent-Length: 500\r\n/,
    },
    {
      name: 'HEAD without a length',
      method: 'HEAD',
      response: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      expected: /^HTTP\/1\.1 200 OK\r\n/,
    },
  ]) {
    test(name, async (t) => {
      const { backend, lane } = await startPair(t, { respond: () => response });
      const client = await connectRaw(t, lane);
      for (let i = 1; i <= 2; i += 1) {
        client.send(`${method} / HTTP/1.1\r\nHost: x.test\r\n\r\n`);
        await client.until('\r\n\r\n', i);
      }
      const parts = client.received.split('\r\n\r\n');
      assert.equal(parts.length, 3, client.received);
      for (const part of parts.slice(0, 2)) assert.match(part, expected);
      assert.equal(backend.connections.length, 1);
      assert.match(backend.heads[0] ?? '', new RegExp(`^${method} `));
    });
  }

  for (const status of ['600', '999', '099', '101']) {
    test(`a status of ${status} is no answer: 502`, async (t) => {
      const { exchange } = await startPair(t, { respond: () => `HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n` });
      const answer = await exchange(get('/'));
      assert.equal(statusOf(answer), 502);
      assert.doesNotMatch(answer, /assert|FST/);
    });
  }
});

describe('what travels end to end', () => {
  test('the Host of the client; and who it is, beside what it says', async (t) => {
    const { backend, exchange } = await startPair(t);
    await exchange(get('/', 'X-Forwarded-For: 10.0.0.1', 'X-Real-IP: 10.0.0.1'));
    const lines = headerLines(backend.heads[0] ?? '');
    assert.equal(lines[0], 'Host: x.test');
    assert.deepEqual(
      lines.filter((line) => /^x-(?:real|forwarded-for)/i.test(line)),
      ['X-Real-IP: 192.0.2.10', 'X-Forwarded-For: 192.0.2.10'],
    );
  });

  test('trailers of a response; those of a request do not', async (t) => {
    const { backend, lane } = await startPair(t, {
      respond: () =>
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\nSet-Cookie: a\r\nX-SSL-Client-Verify: NO\r\n\r\n',
    });
    const client = await connectRaw(t, lane);
    client.send(
      'POST / HTTP/1.1\r\nHost: x.test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-SSL-Client-Verify: SUCCESS\r\n\r\n',
    );
    const answer = await client.until('\r\n0\r\n');
    await lane.untilFinished(1);
    assert.ok(answer.endsWith('2\r\nok\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n'), answer);
    assert.ok(backend.received.endsWith('1\r\na\r\n0\r\n\r\n'));
  });

  test('informational responses', async (t) => {
    const { lane } = await startPair(t, {
      respond: () =>
        `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nLink: </b>\r\nX-SSL-Client-Verify: x\r\n\r\n${okResponse}`,
    });
    const client = await connectRaw(t, lane);
    client.send('GET / HTTP/1.1\r\nHost: x.test\r\n\r\n');
    const answer = await client.until('ok');
    assert.ok(
      answer.startsWith(
        'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nLink: </b>\r\n\r\nHTTP/1.1 200 OK\r\n',
      ),
      answer,
    );
  });

  test('informational responses, but not to HTTP/1.0', async (t) => {
    const { exchange } = await startPair(t, { respond: () => `HTTP/1.1 103 Early Hints\r\n\r\n${okResponse}` });
    assert.match(await exchange('GET / HTTP/1.0\r\nHost: x.test\r\n\r\n'), /^HTTP\/1\.1 200 OK\r\n/);
  });
});
