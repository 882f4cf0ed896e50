// Requests through the whole gateway over mutual TLS, as ordinary HTTP/1 clients send them: whatever is legal arrives as it
// was sent.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { answerAfterBody, okAndClose } from '../support/answer-after-body.ts';
import { createHttpBackend, describeBody, digestOfBytes } from '../support/http-backend.ts';
import {
  chunk,
  head,
  lastHead,
  parseResponse,
  parseResponses,
  untilResponses,
  valuesOf,
} from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const rareMethods = ['PROPFIND', 'PROPPATCH', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK', 'REPORT', 'SEARCH', 'PURGE'];
rareMethods.push('M-SEARCH', 'LINK', 'QUERY', 'NOTIFY', 'SUBSCRIBE');

test('every method arrives, with and without a body', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  const sent: string[] = [];
  for (const method of [...methods, ...rareMethods]) {
    client.send(head(`${method} /a`));
    sent.push(method);
    await untilResponses(client, sent.length, sent);
    client.send(`${head(`${method} /b`, 'Content-Length: 4')}body`);
    sent.push(method);
    const responses = await untilResponses(client, sent.length, sent);
    assert.deepEqual(
      responses.slice(-2).map(({ status, body }) => [status, body]),
      method === 'HEAD' ? Array(2).fill([200, '']) : Array(2).fill([200, 'ok']),
    );
  }
  assert.deepEqual(
    backend.heads.map((text) => text.split('\r\n')[0]),
    sent.map((method, index) => `${method} ${index % 2 === 0 ? '/a' : '/b'} HTTP/1.1`),
  );
  assert.equal(backend.received.match(/\r\n\r\nbody/g)?.length, sent.length / 2);
});

test('a method that nobody knows is refused, and goes no further', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  for (const method of ['FROBNICATE', 'GETT', 'X-Y']) {
    assert.equal(parseResponse(await front.exchange(head(`${method} /`))).status, 400);
  }
  assert.equal(backend.received, '');
});

test('targets arrive byte for byte', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  const targets = [
    ...[
      '/',
      '/?',
      '/??',
      '/?a',
      '/?a=1&a=2&&=',
      '/?q=%20+%2B%00%ff',
      '/?a=/../b//c\\d',
      "/a'b(c)*!~;v=1,2",
      '/%e2%82%ac',
    ],
    ...[
      '/%E2%82%AC',
      '/a%2Fb%5Cc',
      '/a//b/./c/../d',
      '/a:b@c',
      '/a|b^c`d{e}"f<g>',
      '/?a|b^c`d{e}"f<g>',
      '/%7euser',
      '/.well-known',
    ],
    ...['/...', '/..x', '/a..b', '/.a', `/${'a/'.repeat(3000)}`, `/?${'q'.repeat(20_000)}`, '/a?http://other/'],
  ];
  for (const [index, target] of targets.entries()) {
    client.send(head(`GET ${target}`));
    const response = (await untilResponses(client, index + 1))[index];
    assert.equal(response?.status, 200, target);
    assert.equal(backend.heads[index]?.split('\r\n')[0], `GET ${target} HTTP/1.1`);
  }
});

test('header fields arrive in their order, number and letter case, behind ours', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const lines = [
    ...['aCCept: text/html', 'X-B: 1', 'x-a: 2', 'X-B: 3', 'Cookie: a=1', 'COOKIE: b=2', 'X-Empty:', 'X-Tab: a\tb'],
    ...['X-Latin: gr\xfcn', 'Authorization: Bearer a.b.c', 'X-Quoted: "a, b"', 'User-Agent: test/1.0 (x; y)', 'X-Z: z'],
  ];
  assert.equal(parseResponse(await front.exchange(lastHead('GET /', ...lines))).status, 200);
  const received = headerLines(backend.heads[0] as string);
  const names = lines.map((line) => line.slice(0, line.indexOf(':')));
  const own = received.filter((line) => names.includes(line.slice(0, line.indexOf(':'))));
  assert.deepEqual(
    own.map((line) => line.replace(/: $/, ':')),
    lines,
  );
  assert.equal(received[0], 'Host: localhost');
  assert.ok(received.indexOf('X-Real-IP: 127.0.0.1') < received.indexOf(lines[0] as string));
});

test('bodies arrive with the framing they came with: by length, in chunks, empty, none', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: (text, socket, connection) => {
      if (/^transfer-encoding/im.test(text)) return answerAfterBody(okAndClose)(text, socket, connection);
      return 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    },
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const framings: readonly (readonly [request: string, ...framing: readonly string[]])[] = [
    [`${head('POST /', 'Content-Length: 3')}abc`, 'Content-Length: 3'],
    [head('POST /', 'Content-Length: 0'), 'Content-Length: 0'],
    [head('POST /'), 'Content-Length: 0'],
    [head('GET /')],
    [head('DELETE /')],
    [`${head('GET /', 'Content-Length: 3')}abc`, 'Content-Length: 3'],
    [head('POST /', 'Transfer-Encoding: chunked') + chunk('a') + chunk('bc') + chunk(''), 'Transfer-Encoding: chunked'],
    [head('POST /', 'Transfer-Encoding: chunked') + chunk(''), 'Transfer-Encoding: chunked'],
    [head('GET /', 'Transfer-Encoding: chunked') + chunk('abc') + chunk(''), 'Transfer-Encoding: chunked'],
  ];
  const client = await front.connect();
  for (const [index, [request, ...framing]] of framings.entries()) {
    client.send(request);
    assert.equal((await untilResponses(client, index + 1))[index]?.status, 200);
    const lines = headerLines(backend.heads[index] as string);
    assert.deepEqual(
      lines.filter((line) => /^(?:content-length|transfer-encoding):/i.test(line)),
      framing,
      request,
    );
  }
  const bodies = backend.connections.map(({ received }) => received).join('');
  assert.equal(bodies.match(/\r\n\r\nabc/g)?.length, 2);
  assert.match(bodies, /\r\n\r\n3\r\nabc\r\n0\r\n\r\n|\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n/);
});

test('pipelined requests are answered in their order, whoever is done first', async (t) => {
  const backend = await createHttpBackend(t, async (request, response) => {
    // The later in the line, the sooner answered: a lane that asks for all at once gets the last answer first.
    for (let turns = 5 * (4 - Number(request.url?.slice(1))); turns > 0; turns -= 1) await nextTurn();
    response.end(request.url);
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const text = await front.exchange(
    `${head('GET /0') + head('GET /1')}${head('POST /2', 'Content-Length: 3')}abc${head('GET /3')}${lastHead('GET /4')}`,
  );
  assert.deepEqual(
    parseResponses(text).map(({ body }) => body),
    ['/0', '/1', '/2', '/3', '/4'],
  );
});

test('a connection is kept for as long as both sides want it', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  for (let index = 1; index <= 5; index += 1) {
    client.send(head('GET /'));
    await untilResponses(client, index);
  }
  client.send(lastHead('GET /'));
  const responses = parseResponses(await client.closed);
  assert.equal(responses.length, 6);
  assert.deepEqual(
    responses.map(({ headerLines: lines }) => valuesOf(lines, 'connection')[0]),
    [...Array(5).fill('keep-alive'), 'close'],
  );
  // What a client says of its connection says nothing of ours to the backend.
  assert.equal(backend.connections.length, 1);
});

test('maxRequestsPerConnection ends a connection politely', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    limits: { maxRequestsPerConnection: 2 },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const client = await front.connect();
  client.send(head('GET /1'));
  await untilResponses(client, 1);
  client.send(head('GET /2'));
  const responses = parseResponses(await client.closed);
  assert.deepEqual(
    responses.map(({ status, headerLines: lines }) => [status, valuesOf(lines, 'connection')[0]]),
    [
      [200, 'keep-alive'],
      [200, 'close'],
    ],
  );
});

test('HTTP/1.0: no chunks, and the connection is closed unless the client asks to keep it', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: () => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('ab')}${chunk('c')}${chunk('')}`,
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const text = await front.exchange('GET / HTTP/1.0\r\nHost: localhost\r\n\r\n');
  assert.doesNotMatch(text, /transfer-encoding/i);
  assert.ok(text.endsWith('\r\n\r\nabc'));
  const kept = await startFront(t, certificates, {
    routes: [{ path: '/', respond: { body: 'own' } }],
  });
  const client = await kept.connect();
  for (let index = 1; index <= 2; index += 1) {
    client.send('GET / HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n');
    assert.equal((await untilResponses(client, index))[index - 1]?.body, 'own');
  }
});

test('100 Continue comes when there is somebody to take the body, and not before', async (t) => {
  const backend = await createHttpBackend(t, describeBody);
  const dead = await createRecordingBackend(t);
  await dead.close();
  const front = await startFront(t, certificates, {
    routes: [
      { path: '/', upstream: backend.url },
      { path: '/admin', allow: [{ commonName: 'admin' }], upstream: backend.url },
      { path: '/dead', upstream: dead.url },
    ],
  });
  const client = await front.connect();
  client.send(head('PUT /', 'Content-Length: 4', 'Expect: 100-continue'));
  assert.equal(await client.until('\r\n\r\n'), 'HTTP/1.1 100 Continue\r\n\r\n');
  client.send('body');
  assert.equal((await untilResponses(client, 1))[0]?.body, `PUT ${digestOfBytes('body')}`);

  for (const [path, status] of [
    ['/admin', 403],
    ['/dead', 502],
    ['/missing/../../x', 400],
  ] as const) {
    const refused = await front.connect();
    refused.send(head(`PUT ${path}`, 'Content-Length: 4', 'Expect: 100-continue'));
    await untilResponses(refused, 1);
    assert.deepEqual(
      parseResponses(refused.received).map((response) => response.status),
      [status],
    );
    refused.socket.destroy();
  }
});

test('an upstream on a unix socket', async (t) => {
  const path = join(certificates.directory, 'backend.sock');
  const backend = await createRecordingBackend(t, { path });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: `unix:${path}` }] });
  assert.equal(parseResponse(await front.exchange(lastHead('GET /a?b'))).body, 'ok');
  assert.match(backend.heads[0] ?? '', /^GET \/a\?b HTTP\/1\.1\r\nHost: localhost\r\n/);
});

test('a request that comes in small pieces is the same request', async (t) => {
  const backend = await createRecordingBackend(t, { respond: answerAfterBody(okAndClose, 'body') });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  for (const byte of `${lastHead('POST /pieces', 'Content-Length: 4')}body`) {
    client.send(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(parseResponse(await client.closed).status, 200);
  await backend.untilReceived('\r\n\r\nbody');
  assert.match(backend.received, /^POST \/pieces HTTP.*\r\n\r\nbody$/s);
});
