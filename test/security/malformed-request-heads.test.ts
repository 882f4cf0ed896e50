// Request lines and Host fields that are not quite HTTP: refused in HTTP, at once, and never passed on for somebody else
// to make sense of.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { head, lastHead, parseResponse, untilResponses, valuesOf } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { exchangeRaw } from '../support/raw-client.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const withHost = (host: string): string => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

/** To the statuses that are in order. */
const refused: readonly (readonly [bytes: string, ...statuses: readonly number[]])[] = [
  // Hosts.
  [head('GET /', 'Host: localhost'), 400],
  [head('GET /', 'Host: other'), 400],
  [head('GET /', 'host: localhost'), 400],
  ['GET / HTTP/1.1\r\n\r\n', 400],
  ['GET / HTTP/1.1\r\nHost:\r\n\r\n', 400],
  ['GET / HTTP/1.1\r\nHost:   \r\n\r\n', 400],
  [withHost('a/../b'), 400],
  [withHost('localhost/x'), 400],
  [withHost('localhost?x'), 400],
  [withHost('user@localhost'), 400],
  [withHost('localhost#'), 400],
  [withHost('localhost\\x'), 400],
  [withHost('local host'), 400],
  [withHost('localhost, other'), 400],
  [withHost('localhost:99999'), 400],
  [withHost('localhost:80:80'), 400],
  [withHost('[::1'), 400],
  [withHost('[::1]x'), 400],
  [withHost('..'), 400],
  [withHost('a..b'), 400],
  [withHost('l\xf6calhost'), 400],
  [withHost('%6cocalhost'), 400],
  // Versions.
  ['GET /\r\n\r\n', 400, 505],
  ['GET /\r\nHost: localhost\r\n\r\n', 400, 505],
  ['GET / HTTP/0.9\r\nHost: localhost\r\n\r\n', 400, 505],
  ['GET / HTTP/1.2\r\nHost: localhost\r\n\r\n', 400, 505],
  ['GET / HTTP/2.0\r\nHost: localhost\r\n\r\n', 505],
  ['GET / HTTP/3.0\r\nHost: localhost\r\n\r\n', 400, 505],
  ['GET / HTTP/1\r\nHost: localhost\r\n\r\n', 400, 505],
  ['GET / HTTP/1.10\r\nHost: localhost\r\n\r\n', 400, 505],
  ['GET / http/1.1\r\nHost: localhost\r\n\r\n', 400, 505],
  ['GET / HTTPS/1.1\r\nHost: localhost\r\n\r\n', 400, 505],
  ['GET / ICE/1.0\r\nHost: localhost\r\n\r\n', 400, 505],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 400, 505],
  // Methods.
  [head('get /'), 400],
  [head('Get /'), 400],
  [head('GETX /'), 400],
  [head('G(ET /'), 400],
  [head(' GET /'), 400],
  [lastHead('TRACE /'), 405],
  // Request lines and targets.
  [head('GET\t/'), 400],
  [head('GET / /'), 400],
  [head('GET'), 400],
  [head('GET '), 400],
  [head('GET x'), 400],
  [head('GET ?x'), 400],
  [head('GET #'), 400],
  [head('GET /\x7f'), 400],
  [head('GET /\x01'), 400],
  [head('GET /\xfc'), 400],
  [head('GET /\0'), 400],
  [head('OPTIONS *'), 400],
  [head('GET *'), 400],
  [head('GET http://'), 400],
  [head('GET http:///x'), 400],
  [head('GET http://a@localhost/'), 400],
  [head('GET ftp://localhost/'), 400],
  // Not HTTP at all.
  ['\0\0\0\0\r\n\r\n', 400],
  ['EHLO localhost\r\n', 400],
  [`\x16\x03\x01\0\x05hello\r\n\r\n`, 400],
  ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 400],
  ['*1\r\n$4\r\nPING\r\n', 400],
];

test('each is answered with a refusal, and the backend hears nothing', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    // Whatever is kept open in expectation of more fails soon.
    limits: { headTimeout: '300ms', idleTimeout: '300ms' },
    routes: [{ path: '/', upstream: backend.url }],
  });
  for (const [bytes, ...statuses] of refused) {
    const text = await front.exchange(bytes);
    const { status } = parseResponse(text);
    assert.ok(statuses.includes(status), `${JSON.stringify(bytes)}: ${status}`);
    assert.equal(backend.received, '', JSON.stringify(bytes));
  }
});

test('what is in order is served', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const hosts = [
    'localhost',
    'LOCALHOST:443',
    'localhost.',
    'xn--mnchen-3ya.example',
    '127.0.0.1:8443',
    '[::1]:8443',
    'a_b.c',
  ];
  const client = await front.connect();
  for (const [index, host] of hosts.entries()) {
    client.send(withHost(host));
    assert.equal((await untilResponses(client, index + 1)).at(-1)?.status, 200, host);
    assert.deepEqual(valuesOf(headerLines(backend.heads[index] as string), 'host'), [host]);
  }
  // Empty lines before a request are to be skipped (RFC 9112 section 2.2).
  client.send(`\r\n\r\n${head('GET /')}`);
  await untilResponses(client, hosts.length + 1);
});

test('a request after a refused one is not read from the same connection', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  for (const first of [head('GET /', 'Host: other'), head('OPTIONS *'), head('get /')]) {
    assert.equal(parseResponse(await front.exchange(first + head('GET /second'))).status, 400);
    assert.equal(backend.received, '');
  }
  assert.equal(parseResponse(await front.exchange(lastHead('GET /second'))).status, 200);
});

test('HTTP/1.0 is served, with and without Host', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  assert.equal(parseResponse(await front.exchange('GET /a HTTP/1.0\r\n\r\n')).body, 'ok');
  assert.equal(parseResponse(await front.exchange('GET /b HTTP/1.0\r\nHost: x\r\n\r\n')).body, 'ok');
  assert.deepEqual(
    backend.heads.map((text) => valuesOf(headerLines(text), 'host')),
    [[`127.0.0.1:${backend.port}`], ['x']],
  );
});

test('no certificate and no TLS: no request gets through either', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  assert.equal(await front.exchange(lastHead('GET /'), certificates.nobody), '');
  assert.equal(parseResponse(await exchangeRaw(t, { port: front.port }, lastHead('GET /'))).status, 400);
  assert.equal(backend.received, '');
});
