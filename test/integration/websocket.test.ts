// WebSocket through the whole gateway, with the `ws` package at both ends: what is said arrives, and the service knows who
// is speaking.

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { after, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { untilLeft } from '../support/backend-connections.ts';
import { createHttpBackend } from '../support/http-backend.ts';
import { head, lastHead, parseResponse, untilResponses, valuesOf } from '../support/http-messages.ts';
import { type Front, makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

interface Echo {
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
  /** Emits `farewell` with the code and the reason of each client that leaves. */
  readonly events: EventEmitter;
}

/** Says everything again. Takes the protocol `chat`, and nobody below `/locked`. */
async function startEcho(t: Parameters<typeof createHttpBackend>[0]): Promise<Echo> {
  const backend = await createHttpBackend(t, (_request, response) => response.end('no upgrade'));
  const requests: IncomingMessage[] = [];
  const events = new EventEmitter();
  const server = new WebSocketServer({
    server: backend.server,
    perMessageDeflate: true,
    handleProtocols: (offered) => (offered.has('chat') ? 'chat' : false),
    verifyClient: ({ req }: { req: IncomingMessage }) => req.url !== '/locked',
  });
  server.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    requests.push(request);
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (String(data) === 'leave') socket.close(4001, 'as you wish');
      else socket.send(isBinary ? data : String(data));
    });
    socket.on('close', (code: number, reason: Buffer) => events.emit('farewell', code, String(reason)));
  });
  t.after(() => server.close());
  return { url: backend.url, requests, events };
}

function open(t: Parameters<typeof createHttpBackend>[0], front: Front, path: string, options: object = {}): WebSocket {
  const socket = new WebSocket(`wss://localhost:${front.port}${path}`, ['chat', 'other'], {
    ...certificates.clientA,
    ...options,
  });
  t.after(() => socket.terminate());
  return socket;
}

test('text, bytes, big and empty messages, pings, and a farewell in each direction', async (t) => {
  const echo = await startEcho(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: echo.url }] });
  const socket = open(t, front, '/chat?room=1');
  await once(socket, 'open');
  assert.equal(socket.protocol, 'chat');
  assert.match(socket.extensions, /permessage-deflate/);
  const messages = ['hello', 'grün €', '', 'x'.repeat(1_000_000), Buffer.from([0, 0xff, 0x80])];
  for (const message of messages) {
    socket.send(message);
    const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
    assert.equal(isBinary, typeof message !== 'string');
    assert.deepEqual(data, Buffer.from(message));
  }
  socket.ping('are you there');
  assert.equal(String((await once(socket, 'pong'))[0]), 'are you there');
  socket.send('leave');
  const [code, reason] = await once(socket, 'close');
  assert.deepEqual([code, String(reason)], [4001, 'as you wish']);

  const other = open(t, front, '/chat');
  await once(other, 'open');
  other.close(4002, 'enough');
  assert.deepEqual(await once(echo.events, 'farewell'), [4002, 'enough']);
});

test('the service is told who is speaking, and nothing that the client says of itself', async (t) => {
  const echo = await startEcho(t);
  const front = await startFront(t, certificates, {
    routes: [{ path: '/', upstream: echo.url, headers: { 'X-Name': '$ssl_client_s_dn' } }],
  });
  const headers = { 'X-SSL-Client-S-DN': 'CN=spoof', 'X-Colour': 'blue', Cookie: 'a=1', Origin: 'https://localhost' };
  await once(open(t, front, '/a%20b?c', { headers }), 'open');
  const [request] = echo.requests;
  assert.equal(request?.url, '/a%20b?c');
  assert.equal(request?.headers['x-ssl-client-verify'], 'SUCCESS');
  assert.equal(request?.headers['x-ssl-client-s-dn'], 'CN=client-a,O=Company A');
  assert.equal(request?.headers['x-real-ip'], '127.0.0.1');
  assert.equal(request?.headers['x-forwarded-proto'], 'https');
  assert.equal(request?.headers['x-name'], 'CN=client-a,O=Company A');
  assert.equal(request?.headers['x-colour'], 'blue');
  assert.equal(request?.headers.cookie, 'a=1');
  assert.equal(request?.headers.origin, 'https://localhost');
  assert.equal(request?.headers.host, `localhost:${front.port}`);
});

test('an answer other than 101 is an ordinary response', async (t) => {
  const echo = await startEcho(t);
  const front = await startFront(t, certificates, {
    routes: [
      { path: '/', upstream: echo.url },
      { path: '/admin', allow: [{ commonName: 'admin' }], upstream: echo.url },
      { path: '/own', respond: { status: 200, body: 'own' } },
    ],
  });
  for (const [path, status] of [
    ['/locked', 401],
    ['/admin', 403],
    ['/own', 200],
  ] as const) {
    const socket = open(t, front, path);
    socket.on('error', () => {});
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    assert.equal(response.statusCode, status);
    let body = '';
    for await (const bytes of response) body += String(bytes);
    if (path === '/own') assert.equal(body, 'own');
  }
  assert.equal(echo.requests.length, 0);
  await once(open(t, front, '/admin', certificates.admin), 'open');
  assert.equal(echo.requests.length, 1);
});

test('a long answer other than 101 arrives whole', async (t) => {
  const long = 'x'.repeat(3_000_000);
  const backend = await createHttpBackend(t, (_request, response) => response.end(long));
  backend.server.on('upgrade', (_request, socket) => {
    socket.end(`HTTP/1.1 426 Upgrade Required\r\nContent-Length: ${long.length}\r\n\r\n${long}`);
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const response = parseResponse(
    await front.exchange(head('GET /', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 99')),
  );
  assert.equal(response.status, 426);
  assert.equal(response.body.length, long.length);
});

test('each side may finish before the other: what is on its way still arrives', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: (text) =>
      text.includes('Upgrade') ? 'HTTP/1.1 101 OK\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nfirst' : undefined,
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(`${head('GET /', 'Connection: upgrade', 'Upgrade: x')}ahead`);
  await client.until('first');
  await backend.untilReceived('ahead');
  const socket = backend.connections[0]?.socket;
  socket?.end('last words');
  assert.match(await client.closed, /last words$/);
});

test('protocols are chosen by the service from those that were offered', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: (text) =>
      `HTTP/1.1 101 OK\r\nConnection: Upgrade\r\nUpgrade: ${text.includes('two') ? 'two' : 'three'}\r\n\r\n`,
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(head('GET /', 'Connection: Upgrade', 'Upgrade: one/1.0, two'));
  const response = await client.until('\r\n\r\n');
  assert.deepEqual(valuesOf(response.split('\r\n'), 'upgrade'), ['two']);
  assert.deepEqual(valuesOf(backend.heads[0]?.split('\r\n') ?? [], 'upgrade'), ['one/1.0, two']);
  assert.equal(parseResponse(await front.exchange(head('GET /', 'Connection: Upgrade', 'Upgrade: one'))).status, 502);
});

test('a connection serves requests before it becomes a tunnel, and the tunnel outlives idleTimeout', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: (text) =>
      text.includes('Upgrade')
        ? 'HTTP/1.1 101 OK\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'
        : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  });
  const front = await startFront(t, certificates, {
    limits: { idleTimeout: '50ms', headTimeout: '50ms', bodyIdleTimeout: '50ms' },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const idle = await front.connect();
  const client = await front.connect();
  client.send(head('GET /'));
  await untilResponses(client, 1);
  client.send(head('GET /', 'Connection: Upgrade', 'Upgrade: x'));
  await client.until('101 OK');
  // One that is idle has been cut by now, for the same times.
  await idle.closed;
  client.send('still here');
  await backend.untilReceived('still here');
  client.socket.end();
  await Promise.all(backend.connections.filter(({ received }) => received.includes('still')).map(untilLeft));
  assert.equal(parseResponse(await front.exchange(lastHead('GET /'))).status, 200);
});
