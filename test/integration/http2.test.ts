// HTTP/2 clients through the whole gateway: the same requests and responses as over HTTP/1.1, with a backend that speaks
// HTTP/1.1 alone.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { untilLeft } from '../support/backend-connections.ts';
import { curl } from '../support/curl.ts';
import { createHttpBackend, describeBody, digestOfBytes } from '../support/http-backend.ts';
import { chunk, lastHead, parseResponse, valuesOf } from '../support/http-messages.ts';
import { exchangeHttp2 } from '../support/http2-exchange.ts';
import { type Front, type FrontOptions, makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, headerLines, okResponse } from '../support/recording-backend.ts';
import type { AsyncAfterHook } from '../support/test-gateway.ts';

const certificates = makeCertificates({ after });

function start(t: AsyncAfterHook, options: FrontOptions): Promise<Front> {
  return startFront(t, certificates, { ...options, server: { http2: true, ...options.server } });
}

function connect(t: AsyncAfterHook, { port }: Front, as: object = certificates.clientA): http2.ClientHttp2Session {
  const session = http2.connect(`https://localhost:${port}`, as);
  session.on('error', () => {});
  t.after(() => session.destroy());
  return session;
}

test('it is offered where the configuration says so, and HTTP/1.1 beside it', async (t) => {
  const routes = [{ path: '/', respond: { body: '$server_protocol' } }];
  const [with2, without] = [await start(t, { routes }), await startFront(t, certificates, { routes })];
  const protocolOf = (front: Front, ALPNProtocols: string[]): Promise<string | false | null> =>
    new Promise((resolve, reject) => {
      const socket = tls.connect(
        { port: front.port, host: '127.0.0.1', ...certificates.clientA, ALPNProtocols },
        () => {
          resolve(socket.alpnProtocol);
          socket.destroy();
        },
      );
      socket.on('error', reject);
    });
  assert.equal(await protocolOf(with2, ['h2', 'http/1.1']), 'h2');
  assert.equal(await protocolOf(with2, ['http/1.1']), 'http/1.1');
  assert.equal(await protocolOf(without, ['h2', 'http/1.1']), 'http/1.1');
  assert.equal(parseResponse(await with2.exchange(lastHead('GET /'))).body, 'HTTP/1.1');
  assert.equal(String((await exchangeHttp2(connect(t, with2), {})).body), 'HTTP/2.0');
});

test('methods, targets, headers and cookies arrive as they were sent', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await start(t, { routes: [{ path: '/', upstream: backend.url }] });
  const session = connect(t, front);
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'REPORT', 'QUERY'];
  const targets = ['/', '/?', '/a%2Fb//c/../d?e=%20f+g', '/%e2%82%ac;v=1', '/?a|b^c`d{e}'];
  for (const [index, method] of methods.entries()) {
    const target = targets[index % targets.length] as string;
    const exchange = await exchangeHttp2(session, {
      ':method': method,
      ':path': target,
      'x-a': ['1', '2'],
      cookie: ['a=1', 'b=2'],
      te: 'trailers',
    });
    assert.deepEqual([exchange.status, String(exchange.body)], [200, method === 'HEAD' ? '' : 'ok'], method);
    const received = backend.heads[index] as string;
    assert.equal(received.split('\r\n')[0], `${method} ${target} HTTP/1.1`);
    const lines = headerLines(received);
    assert.deepEqual(valuesOf(lines, 'host'), [`localhost:${front.port}`]);
    assert.deepEqual(valuesOf(lines, 'x-a'), ['1', '2']);
    assert.deepEqual(valuesOf(lines, 'cookie'), ['a=1; b=2']);
    assert.deepEqual(valuesOf(lines, 'te'), []);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('X-SSL-Client')),
      certificates.identityOfClientA,
    );
  }
});

test('bodies: announced, not announced, empty, and none', async (t) => {
  const backend = await createHttpBackend(t, describeBody);
  const recording = await createRecordingBackend(t);
  const front = await start(t, {
    routes: [
      { path: '/', upstream: backend.url },
      { path: '/framing', upstream: recording.url },
    ],
  });
  const session = connect(t, front);
  const post = { ':method': 'POST' };
  for (const body of ['', 'body', 'x'.repeat(1_000_000)]) {
    for (const headers of [post, { ...post, 'content-length': body.length }]) {
      const exchange = await exchangeHttp2(session, headers, body);
      assert.equal(String(exchange.body), `POST ${digestOfBytes(body)}`);
    }
  }
  const get = await exchangeHttp2(session, { ':method': 'GET' }, 'a body of GET');
  assert.equal(String(get.body), `GET ${digestOfBytes('a body of GET')}`);

  assert.equal((await exchangeHttp2(session, { ':path': '/framing' })).status, 200);
  assert.equal((await exchangeHttp2(session, { ...post, ':path': '/framing' })).status, 200);
  assert.deepEqual(
    recording.heads.map((text) => headerLines(text).filter((line) => /^(?:content-length|transfer-enc)/i.test(line))),
    [[], ['Content-Length: 0']],
  );
});

test('responses: duplicate fields, no body, early hints, trailers', async (t) => {
  const answers: Readonly<Record<string, string>> = {
    '/fields': 'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Case: 1\r\nContent-Length: 0\r\n\r\n',
    '/204': 'HTTP/1.1 204 No Content\r\n\r\n',
    '/304': 'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nContent-Length: 4711\r\n\r\n',
    '/hints': `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${okResponse}`,
    '/trailers': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('body')}0\r\nGrpc-Status: 0\r\n\r\n`,
  };
  const backend = await createRecordingBackend(t, { respond: (text) => answers[text.split(' ')[1] ?? ''] });
  const front = await start(t, { routes: [{ path: '/', upstream: backend.url }] });
  const session = connect(t, front);
  const ask = (path: string): ReturnType<typeof exchangeHttp2> => exchangeHttp2(session, { ':path': path });
  const fields = await ask('/fields');
  assert.deepEqual([fields.headers['set-cookie'], fields.headers['x-case']], [['a=1', 'b=2'], '1']);
  assert.equal((await ask('/204')).status, 204);
  const notModified = await ask('/304');
  assert.deepEqual([notModified.status, notModified.headers.etag, notModified.error], [304, '"1"', undefined]);
  const hints = await ask('/hints');
  assert.deepEqual(
    [hints.informational.map((early) => [early[':status'], early.link]), String(hints.body)],
    [[[103, '</a>']], 'ok'],
  );
  const trailers = await ask('/trailers');
  assert.deepEqual([String(trailers.body), trailers.trailers['grpc-status']], ['body', '0']);
});

test('many requests at once, each with its own answer, and one that waits holds up none', async (t) => {
  const backend = await createHttpBackend(t, (request, response) => {
    if (request.url !== '/slow') response.end(request.url);
  });
  const front = await start(t, { routes: [{ path: '/', upstream: backend.url }] });
  const session = connect(t, front);
  const slow = session.request({ ':path': '/slow' });
  slow.on('error', () => {});
  const paths = Array.from({ length: 90 }, (_, index) => `/${index}`);
  const exchanges = await Promise.all(paths.map((path) => exchangeHttp2(session, { ':path': path })));
  assert.deepEqual(
    exchanges.map(({ body }) => String(body)),
    paths,
  );
  slow.close(http2.constants.NGHTTP2_CANCEL);
});

test('what is sent bit by bit arrives bit by bit', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: () => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
  });
  const front = await start(t, { routes: [{ path: '/', upstream: backend.url }] });
  const stream = connect(t, front).request({ ':path': '/' });
  await new Promise((resolve) => stream.once('response', resolve));
  for (let index = 0; index < 5; index += 1) {
    const arrived = new Promise((resolve) => stream.once('data', resolve));
    backend.connections[0]?.socket.write(chunk(`data: ${index}\n\n`));
    assert.equal(String(await arrived), `data: ${index}\n\n`);
  }
  backend.connections[0]?.socket.write(chunk(''));
  await new Promise((resolve) => stream.resume().once('end', resolve));
});

test('an upload and its answer in turn, before either is at its end', async (t) => {
  const backend = await createHttpBackend(t, (request, response) => {
    request.on('data', (bytes) => response.write(`heard ${bytes}`)).on('end', () => response.end());
  });
  const front = await start(t, { routes: [{ path: '/', upstream: backend.url }] });
  const stream = connect(t, front).request({ ':method': 'POST', ':path': '/' });
  for (const word of ['one', 'two', 'three']) {
    const arrived = new Promise((resolve) => stream.once('data', resolve));
    stream.write(word);
    assert.equal(String(await arrived), `heard ${word}`);
  }
  stream.end();
  await new Promise((resolve) => stream.resume().once('end', resolve));
});

test('an answer before the end of the upload, which the client need not go on with', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: () => 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno',
  });
  const front = await start(t, { routes: [{ path: '/', upstream: backend.url }] });
  const session = connect(t, front);
  const stream = session.request({ ':method': 'POST', ':path': '/' });
  stream.write('the beginning');
  // Node's client takes this for an abortion of its upload, and yet delivers the response whole.
  let body = '';
  stream.on('data', (bytes) => {
    body += bytes;
  });
  await new Promise((resolve) => stream.once('end', resolve));
  assert.equal(body, 'no');
  await Promise.all(backend.connections.map(untilLeft));
  assert.equal((await exchangeHttp2(session, {})).status, 401);
});

test('refusals say why, and the session goes on', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await start(t, {
    clients: { verify: 'optional' },
    routes: [
      { path: '/', clients: 'required', upstream: backend.url },
      { path: '/admin', allow: [{ commonName: 'admin' }], upstream: backend.url },
      { path: '/own', respond: { redirect: 'https://$host/new' } },
    ],
  });
  const session = connect(t, front);
  const denied = await exchangeHttp2(session, { ':path': '/admin' });
  assert.equal(denied.status, 403);
  assert.equal(JSON.parse(String(denied.body)).code, 'not-allowed');
  const redirect = await exchangeHttp2(session, { ':path': '/own' });
  assert.deepEqual([redirect.status, redirect.headers.location], [308, 'https://localhost/new']);
  assert.equal((await exchangeHttp2(session, {})).status, 200);
  assert.equal((await exchangeHttp2(connect(t, front, certificates.admin), { ':path': '/admin' })).status, 200);
  const stranger = await exchangeHttp2(connect(t, front, certificates.nobody), { ':path': '/' });
  assert.deepEqual([stranger.status, JSON.parse(String(stranger.body)).code], [400, 'client-certificate-missing']);
  assert.equal(backend.heads.length, 2);
});

test('curl speaks it, too', async (t) => {
  const backend = await createHttpBackend(t, describeBody);
  const front = await start(t, { routes: [{ path: '/', upstream: backend.url }] });
  const { directory } = certificates;
  const { status, body, stderr } = await curl(
    ...['--http2', '--cert', `${directory}/client-a.crt`, '--key', `${directory}/client-a.key`],
    ...['--cacert', `${directory}/ca.crt`, '-v', '--data', 'a=b', `https://localhost:${front.port}/`],
  );
  assert.deepEqual([status, body], [200, `POST ${digestOfBytes('a=b')}`]);
  assert.match(stderr, /HTTP\/2 200/);
});
