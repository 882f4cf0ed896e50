// Requests to switch protocols: who is asked, who is told, and what passes through the tunnel.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import type tls from 'node:tls';
import { WebSocket, WebSocketServer } from 'ws';
import { loadUpstreamCredentials } from '../../../src/credentials/upstream-credentials.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../support/openssl.ts';
import { connectRaw, type RawClient } from '../../support/raw-client.ts';
import {
  createRecordingBackend,
  okResponse,
  type RecordingBackend,
  type RecordingBackendOptions,
} from '../../support/recording-backend.ts';
import { startTestLane, type TestLane, type TestLaneOptions } from '../../support/test-lane.ts';
import { makeUpstreamConfig, makeUpstreamTlsConfig } from '../../support/upstream-config.ts';

const asking =
  'GET /chat?x HTTP/1.1\r\nHost: x.test\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\nSec-WebSocket-Key: abc\r\n\r\n';
const switching =
  'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\nSec-WebSocket-Accept: xyz\r\n\r\n';

interface Fixture {
  readonly backend: RecordingBackend;
  readonly lane: TestLane;
  readonly client: RawClient;
}

async function startFixture(
  t: TestContext,
  backendOptions: RecordingBackendOptions = {},
  laneOptions: TestLaneOptions = {},
): Promise<Fixture> {
  const backend = await createRecordingBackend(t, { respond: () => undefined, ...backendOptions });
  const lane = await startTestLane(t, makeUpstreamConfig([backend.url]), laneOptions);
  const client = await connectRaw(t, { port: lane.port, allowHalfOpen: true });
  return { backend, lane, client };
}

/** A tunnel that is open on both sides. */
async function openTunnel(
  t: TestContext,
): Promise<Fixture & { readonly far: RecordingBackend['connections'][number] }> {
  const fixture = await startFixture(t, { respond: () => switching });
  fixture.client.send(asking);
  await fixture.client.until('\r\n\r\n');
  const [far] = fixture.backend.connections;
  assert.ok(far);
  return { ...fixture, far };
}

describe('the way into a tunnel', () => {
  test('the upstream is asked with our headers; its agreement reaches the client, filtered', async (t) => {
    const { backend, client } = await startFixture(t, {
      respond: () => switching.replace('Sec-', 'Keep-Alive: timeout=5\r\nX-SSL-Client-Verify: x\r\nX-Own: 1\r\nSec-'),
    });
    client.send(asking);
    const answer = await client.until('\r\n\r\n');
    const [line, ...lines] = (backend.heads[0] ?? '').split('\r\n');
    assert.equal(line, 'GET /chat?x HTTP/1.1');
    for (const expected of [
      'Host: x.test',
      'X-Real-IP: 192.0.2.10',
      'Connection: Upgrade',
      'Upgrade: echo/1',
      'Sec-WebSocket-Key: abc',
    ]) {
      assert.equal(lines.filter((one) => one === expected).length, 1, expected);
    }
    assert.equal(lines.filter((one) => /^(?:connection|upgrade):/i.test(one)).length, 2);
    assert.equal(
      answer,
      'HTTP/1.1 101 Switching\r\nX-Own: 1\r\nSec-WebSocket-Accept: xyz\r\nUpgrade: echo/1\r\nConnection: Upgrade\r\n\r\n',
    );
  });

  test('bytes sent ahead on either side are not lost', async (t) => {
    const { backend, client } = await startFixture(t, { respond: () => `${switching}first from afar` });
    client.send(`${asking}first from here`);
    await client.until('first from afar');
    await backend.untilReceived('\r\n\r\nfirst from here');
  });

  test('a request that does not ask the upstream to switch is an ordinary one', async (t) => {
    const { backend, client } = await startFixture(t, { respond: () => okResponse });
    client.send('GET / HTTP/1.1\r\nHost: x.test\r\nUpgrade: echo/1\r\n\r\n');
    await client.until('ok');
    assert.doesNotMatch(backend.received, /upgrade/i);
  });

  for (const protocol of ['h2c', 'H2C', 'HTTP/2.0', 'TLS/1.2', 'websocket, h2c']) {
    test(`is closed to ${protocol}, behind which requests would pass unseen`, async (t) => {
      const { backend, lane, client } = await startFixture(t, {
        respond: (head) =>
          /^upgrade:/im.test(head)
            ? `HTTP/1.1 101 Ok\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`
            : okResponse,
      });
      const head = `Host: x.test\r\nConnection: Upgrade, HTTP2-Settings, keep-alive\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n`;
      client.send(`POST /up HTTP/1.1\r\n${head}Content-Length: 3\r\n\r\nabc`);
      await client.until('ok');
      client.send(`GET /again HTTP/1.1\r\n${head}\r\n`);
      const received = await client.until('ok', 2);
      assert.deepEqual(received.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 200']);
      assert.match(backend.received, /^POST \/up HTTP\/1\.1[\s\S]*\r\n\r\nabcGET \/again HTTP\/1\.1/);
      assert.doesNotMatch(backend.received, /upgrade|http2-settings/i);
      await lane.untilFinished(2);
    });
  }

  test('is closed to HTTP/1.0 and to requests with a body, which are served as ordinary ones', async (t) => {
    for (const [line, body] of [
      ['GET / HTTP/1.0', ''],
      ['POST / HTTP/1.1\r\nContent-Length: 3', 'abc'],
      ['POST / HTTP/1.1\r\nTransfer-Encoding: chunked', '3\r\nabc\r\n0\r\n\r\n'],
    ] as const) {
      const { backend, client } = await startFixture(t, { respond: () => okResponse });
      client.send(`${line}\r\nHost: x.test\r\nConnection: upgrade\r\nUpgrade: echo/1\r\n\r\n${body}`);
      await client.until('ok');
      assert.doesNotMatch(backend.heads[0] ?? '', /^upgrade/im);
    }
  });

  for (const { name, answer, status } of [
    { name: 'an ordinary response', answer: 'HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok', status: 200 },
    { name: 'a refusal', answer: 'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nok', status: 403 },
    {
      name: 'a response in chunks',
      answer: 'HTTP/1.1 426 Upgrade\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      status: 426,
    },
  ]) {
    test(`${name} is passed on, and the connection closed`, async (t) => {
      const { backend, lane, client } = await startFixture(t, { respond: () => answer });
      client.send(asking);
      const received = await client.until('ok');
      client.socket.end();
      await client.closed;
      assert.match(received, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(received, /^connection: close\r$/im);
      const [exchange] = await lane.untilFinished(1);
      assert.equal(exchange?.status, status);
      assert.equal(exchange?.failure, undefined);
      assert.equal(backend.heads.length, 1);
    });
  }

  for (const { name, answer, status } of [
    { name: 'another protocol than was asked for', answer: switching.replace('echo/1', 'h2c'), status: 502 },
    { name: 'a protocol without a name', answer: 'HTTP/1.1 101 Ok\r\n\r\n', status: 502 },
    { name: 'garbage', answer: 'garbage\r\n\r\n', status: 502 },
  ]) {
    test(`${name} is no answer`, async (t) => {
      const { backend, lane, client } = await startFixture(t, { respond: () => answer });
      client.send(asking);
      const received = await client.until('"}');
      client.socket.end();
      assert.match(received, new RegExp(`^HTTP/1\\.1 ${status} `));
      await backend.connections[0]?.closed;
      const [exchange] = await lane.untilFinished(1);
      assert.equal(exchange?.failure?.code, 'upstream-invalid');
    });
  }

  test('an upstream that does not answer in time is a 504', async (t) => {
    const { backend, client } = await startFixture(t, {}, { route: { responseTimeoutMs: 30 } });
    client.send(asking);
    assert.match(await client.until('"}'), /^HTTP\/1\.1 504 /);
    client.socket.end();
    await backend.connections[0]?.closed;
  });

  test('an upstream that is not there is a 502', async (t) => {
    const { backend, lane, client } = await startFixture(t);
    await backend.close();
    client.send(asking);
    assert.match(await client.until('"}'), /^HTTP\/1\.1 502 /);
    client.socket.end();
    const [exchange] = await lane.untilFinished(1);
    assert.equal(exchange?.failure?.code, 'upstream-unreachable');
  });

  for (const how of ['closes', 'resets'] as const) {
    test(`a client that ${how} before the upstream has answered takes the request with it`, async (t) => {
      const { backend, lane, client } = await startFixture(t);
      client.send(asking);
      await backend.untilHeads(1);
      if (how === 'resets') client.socket.resetAndDestroy();
      else client.socket.destroy();
      await backend.connections[0]?.closed;
      const [exchange] = await lane.untilFinished(1);
      assert.equal(exchange?.failure?.code, 'client-closed');
      assert.equal(exchange?.status, 0);
    });
  }
});

describe('a tunnel', () => {
  test('passes bytes both ways as they are, and counts them', async (t) => {
    const { backend, lane, client, far } = await openTunnel(t);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1');
    client.send(bytes);
    await backend.untilReceived(bytes);
    far.socket.write(Buffer.from(bytes + bytes, 'latin1'));
    await client.until(bytes + bytes);
    client.socket.end();
    far.socket.end();
    await client.closed;
    const [exchange] = await lane.untilFinished(1);
    assert.equal(exchange?.status, 101);
    assert.equal(exchange?.requestBodyBytes, 256);
    assert.equal(exchange?.responseBodyBytes, 512);
    assert.equal(exchange?.failure, undefined);
    assert.equal(lane.upstream.snapshot().servers[0]?.inFlight, 0);
  });

  test('has two directions that end one by one', async (t) => {
    const { backend, client, far } = await openTunnel(t);
    client.socket.end('last words');
    await backend.untilReceived('last words');
    await far.closed;
    far.socket.write('still talking');
    await client.until('still talking');
    far.socket.end();
    await client.closed;
    assert.equal(client.reset, false);
  });

  test('ends from afar while the client still talks', async (t) => {
    const { backend, client, far } = await openTunnel(t);
    const ended = new Promise((resolve) => client.socket.once('end', resolve));
    far.socket.end('bye');
    await ended;
    client.send('and another thing');
    await backend.untilReceived('and another thing');
    client.socket.end();
    await client.closed;
  });

  for (const who of ['client', 'upstream'] as const) {
    test(`is cut when the ${who} cuts it`, async (t) => {
      const { client, far, lane } = await openTunnel(t);
      if (who === 'client') client.socket.resetAndDestroy();
      else far.socket.resetAndDestroy();
      await (who === 'client' ? far.closed : client.closed);
      await lane.untilFinished(1);
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(lane.upstream.snapshot().servers[0]?.inFlight, 0);
      if (who === 'upstream') assert.equal(client.reset, true);
    });
  }

  test('goes over TLS to the upstream', async (t) => {
    const directory = temporaryDirectory(t);
    const ca = makeCa(directory);
    const files = makeCertificate(directory, { ca, name: 'b', san: 'IP:127.0.0.1' });
    const backend = await createRecordingBackend(t, {
      respond: () => `${switching}hello`,
      tls: { cert: readFileSync(files.certificate), key: readFileSync(files.key) },
    });
    const config = makeUpstreamTlsConfig({ ca: [ca.certificate] });
    const lane = await startTestLane(t, makeUpstreamConfig([backend.url], { tls: config }), {
      credentials: loadUpstreamCredentials(config, Date.now()),
    });
    const client = await connectRaw(t, lane);
    client.send(asking);
    await client.until('hello');
    client.send('back');
    await backend.untilReceived('back');
    assert.equal((backend.connections[0]?.socket as tls.TLSSocket).encrypted, true);
  });

  test('carries WebSockets, subprotocol and compression as the two ends agree on them', async (t) => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true });
    t.after(() => server.close());
    await new Promise<void>((resolve) => server.once('listening', resolve));
    server.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })));
    const { port } = server.address() as AddressInfo;
    const lane = await startTestLane(t, makeUpstreamConfig([`http://127.0.0.1:${port}`]));
    const socket = new WebSocket(`ws://127.0.0.1:${lane.port}/chat`, ['chat'], { perMessageDeflate: true });
    t.after(() => socket.terminate());
    await new Promise<void>((resolve) => socket.once('open', resolve));
    assert.equal(socket.protocol, 'chat');
    assert.match(socket.extensions, /permessage-deflate/);
    const message = Buffer.alloc(1 << 20, 'abc');
    const echoed = new Promise<Buffer>((resolve) => socket.once('message', resolve));
    socket.send(message);
    assert.deepEqual(await echoed, message);
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.close(4001);
    assert.equal(await closed, 4001);
  });
});
