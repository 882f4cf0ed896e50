// Responses through the whole gateway: whatever an upstream may legally answer reaches the client as it was sent, and as
// soon as it was sent.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { untilLeft } from '../support/backend-connections.ts';
import {
  chunk,
  head,
  lastHead,
  nameOf,
  parseResponse,
  parseResponses,
  untilResponses,
  valuesOf,
} from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, type Respond } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

test('status, text and header come through in their order, number and letter case', async (t) => {
  const lines = [
    ...['X-First: 1', 'content-TYPE: text/plain', 'Set-Cookie: a=1; Path=/', 'X-B: 1', 'set-cookie: b=2', 'X-B: 2'],
    ...[
      'Set-Cookie: c=3',
      'Content-Length: 2',
      'X-Empty:',
      'X-Latin: gr\xfcn',
      'Server: backend/1',
      'Vary: *',
      'ETag: W/"1"',
    ],
    ...[
      'Date: Mon, 01 Jan 2024 00:00:00 GMT',
      'Cache-Control: no-store',
      'Location: http://127.0.0.1/x',
      'Warning: 199 - "x"',
    ],
  ];
  const backend = await createRecordingBackend(t, {
    respond: () => Buffer.from(['HTTP/1.1 207 Multi-Status Indeed', ...lines, '', 'ok'].join('\r\n'), 'latin1'),
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const response = parseResponse(await front.exchange(lastHead('GET /')));
  assert.deepEqual([response.status, response.statusText, response.version], [207, 'Multi-Status Indeed', '1.1']);
  const own = response.headerLines.filter((line) => nameOf(line) !== 'Connection');
  assert.deepEqual(
    own.map((line) => line.replace(/: $/, ':')),
    lines,
  );
});

test('every status that an upstream may send is sent on', async (t) => {
  const statuses = [200, 201, 202, 203, 206, 226, 300, 301, 302, 303, 307, 308, 400, 401, 402, 403, 404, 405, 406, 409];
  statuses.push(
    410,
    412,
    413,
    414,
    415,
    416,
    417,
    418,
    421,
    422,
    425,
    426,
    428,
    429,
    431,
    451,
    500,
    501,
    502,
    503,
    504,
    599,
  );
  const backend = await createRecordingBackend(t, {
    respond: (text) => `HTTP/1.1 ${/\d{3}/.exec(text)?.[0]} Text\r\nContent-Length: 4\r\n\r\nbody`,
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  for (const [index, status] of statuses.entries()) {
    client.send(head(`GET /${status}`));
    const response = (await untilResponses(client, index + 1))[index];
    assert.deepEqual([response?.status, response?.statusText, response?.body], [status, 'Text', 'body']);
  }
});

test('responses without a body: HEAD, 204, 304, each with its header', async (t) => {
  const answers: Readonly<Record<string, string>> = {
    HEAD: 'HTTP/1.1 200 OK\r\nContent-Length: 4711\r\nETag: "1"\r\n\r\n',
    'GET /204': 'HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n',
    'GET /304': 'HTTP/1.1 304 Not Modified\r\nContent-Length: 4711\r\nETag: "1"\r\n\r\n',
    'GET /empty': 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  };
  const backend = await createRecordingBackend(t, {
    respond: (text) => Object.entries(answers).find(([start]) => text.startsWith(start))?.[1],
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(head('HEAD /') + head('GET /204') + head('GET /304', 'If-None-Match: "1"') + head('GET /empty'));
  const responses = await untilResponses(client, 4, ['HEAD', 'GET', 'GET', 'GET']);
  assert.deepEqual(
    responses.map(({ status, headerLines: lines }) => [status, ...valuesOf(lines, 'content-length')]),
    [[200, '4711'], [204], [304, '4711'], [200, '0']],
  );
  assert.deepEqual(valuesOf(responses[2]?.headerLines ?? [], 'etag'), ['"1"']);
});

test('early hints reach the client before the response, and Processing, too', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: () => 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n',
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(lastHead('GET /'));
  assert.equal(await client.until('\r\n\r\n'), 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n');
  backend.connections[0]?.socket.write('HTTP/1.1 102 Processing\r\n\r\n');
  await client.until('102');
  backend.connections[0]?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  assert.deepEqual(
    parseResponses(await client.closed).map(({ status }) => status),
    [103, 102, 200],
  );

  // HTTP/1.0 knows none of them.
  const old = await front.connect();
  old.send('GET / HTTP/1.0\r\nHost: localhost\r\n\r\n');
  await backend.untilHeads(2);
  for (const { socket } of backend.connections) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  assert.deepEqual(
    parseResponses(await old.closed).map(({ status }) => status),
    [200],
  );
});

test('trailers of a response reach the client', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: () =>
      `HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('body')}0\r\nX-Sum: 1\r\nGrpc-Status: 0\r\n\r\n`,
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(head('GET /', 'TE: trailers'));
  const [response] = await untilResponses(client, 1);
  assert.equal(response?.body, 'body');
  assert.deepEqual(response?.trailerLines, ['X-Sum: 1', 'Grpc-Status: 0']);
});

test('what is sent bit by bit arrives bit by bit: the head first, then each event', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: () => 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(lastHead('GET /'));
  await client.until('\r\n\r\n');
  for (let index = 0; index < 5; index += 1) {
    // Not before the one in front has arrived.
    backend.connections[0]?.socket.write(chunk(`data: ${index}\n\n`));
    await client.until(`data: ${index}\n\n`);
  }
  backend.connections[0]?.socket.write(chunk(''));
  assert.equal(parseResponse(await client.closed).complete, true);
});

test('bodies that only the end of the connection ends', async (t) => {
  const respond: Respond = (_head, socket) => {
    socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end');
    return undefined;
  };
  const backend = await createRecordingBackend(t, { respond });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  for (let index = 1; index <= 2; index += 1) {
    client.send(head('GET /'));
    // To the client its end is told in another way, and its connection is kept.
    const responses = await untilResponses(client, index);
    assert.deepEqual([responses[index - 1]?.body, responses[index - 1]?.complete], ['until the end', true]);
  }
});

test('an answer that comes before the body has been read is passed on, and the upload ends', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: () => 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno',
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(`${head('POST /', 'Content-Length: 1000000')}abc`);
  const [response] = await untilResponses(client, 1);
  assert.deepEqual([response?.status, response?.body], [401, 'no']);
  assert.deepEqual(valuesOf(response?.headerLines ?? [], 'connection'), ['close']);
  client.socket.destroy();
  await Promise.all(backend.connections.map(untilLeft));
  // The connection to the backend is not used again: nobody knows where the next request would begin.
  assert.equal(parseResponse(await front.exchange(lastHead('GET /'))).status, 401);
  assert.equal(backend.connections.length, 2);
});

test('routes that answer by themselves, and redirects', async (t) => {
  const front = await startFront(t, certificates, {
    routes: [
      { exact: '/health', respond: { status: 200, body: 'ok' } },
      {
        exact: '/who',
        respond: { body: '$ssl_client_s_dn from $remote_addr', headers: { 'X-Serial': '$ssl_client_serial' } },
      },
      { exact: '/none', respond: { status: 204 } },
      { path: '/old/', respond: { redirect: 'https://$host$request_uri' } },
      { path: '/moved', respond: { status: 302, redirect: '/new' } },
    ],
  });
  const client = await front.connect();
  client.send(head('GET /health') + head('GET /who') + head('HEAD /health') + head('GET /none'));
  client.send(head('GET /old/a?b=c%20d') + head('GET /nothing') + lastHead('GET /moved'));
  const methods = ['GET', 'GET', 'HEAD', 'GET', 'GET', 'GET', 'GET'];
  const responses = await untilResponses(client, 7, methods);
  assert.deepEqual(
    responses.map(({ status, body }) => [status, status === 404 ? undefined : body]),
    [
      [200, 'ok'],
      [200, 'CN=client-a,O=Company A from 127.0.0.1'],
      [200, ''],
      [204, ''],
      [308, ''],
      [404, undefined],
      [302, ''],
    ],
  );
  const [serial] = valuesOf(responses[1]?.headerLines ?? [], 'x-serial');
  assert.equal(`X-SSL-Client-Serial: ${serial}`, certificates.identityOfClientA[3]);
  assert.deepEqual(valuesOf(responses[2]?.headerLines ?? [], 'content-length'), ['2']);
  assert.deepEqual(valuesOf(responses[4]?.headerLines ?? [], 'location'), ['https://localhost/old/a?b=c%20d']);
  assert.deepEqual(valuesOf(responses[6]?.headerLines ?? [], 'location'), ['/new']);
  assert.match(responses[5]?.body ?? '', /"code":"route-not-found"/);
});
