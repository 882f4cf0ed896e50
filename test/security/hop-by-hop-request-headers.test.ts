// Headers that are meant for the next hop alone, as ordinary clients send them: each once made a proxy of this kind fail
// or pass on what was not meant for the backend. The request is served, the header is not forwarded.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { curl } from '../support/curl.ts';
import { createHttpBackend, describeBody, digestOfBytes } from '../support/http-backend.ts';
import { chunk, head, lastHead, nameOf, parseResponse, untilResponses, valuesOf } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const hopByHop: readonly (readonly string[])[] = [
  ['Keep-Alive: timeout=5, max=100'],
  ['Keep-Alive: x'],
  ['Connection: keep-alive', 'Keep-Alive: 300'],
  ['Proxy-Connection: keep-alive'],
  ['Proxy-Authorization: Basic c2VjcmV0OnNlY3JldA=='],
  ['Proxy-Authenticate: Basic'],
  ['TE: trailers'],
  ['TE: gzip, trailers;q=0.5', 'Connection: TE'],
  ['Trailer: X-A'],
  ['Upgrade: h2c'],
  ['Upgrade: websocket'],
  ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'],
  ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'],
  ['Connection: Upgrade', 'Upgrade: TLS/1.0, HTTP/2.0'],
  ['Connection: Upgrade'],
];
const never = /^(?:keep-alive|proxy-|te$|trailer|upgrade|http2-settings|expect)/i;

test('a request with any of them is served, and none is forwarded', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  for (const [index, lines] of hopByHop.entries()) {
    const response = parseResponse(
      await front.exchange(head('GET /', ...lines, 'X-Colour: blue') + lastHead('GET /x')).then(firstOf),
    );
    assert.equal(response.status, 200, lines.join(' | '));
    const received = headerLines(backend.heads[2 * index] as string);
    assert.deepEqual(
      received.filter((line) => never.test(nameOf(line))),
      [],
      lines.join(' | '),
    );
    assert.deepEqual(valuesOf(received, 'connection'), ['keep-alive'], lines.join(' | '));
    assert.deepEqual(valuesOf(received, 'x-colour'), ['blue'], lines.join(' | '));
    // The connection is still one of HTTP/1.1: the request behind was served, too.
    assert.match(backend.heads[2 * index + 1] as string, /^GET \/x /);
  }
});

function firstOf(text: string): string {
  return text.slice(0, text.indexOf('\r\n\r\n') + 6);
}

test('curl uploads 5 MB with Expect: 100-continue, and every byte arrives', async (t) => {
  const expectations: (string | undefined)[] = [];
  const backend = await createHttpBackend(t, (request, response) => {
    expectations.push(request.headers.expect);
    describeBody(request, response);
  });
  backend.server.on('checkContinue', (_request, response) => response.writeHead(417).end());
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const bytes = randomBytes(5_000_000);
  const file = join(certificates.directory, 'upload');
  writeFileSync(file, bytes);
  const tls = ['--cert', 'client-a.crt', '--key', 'client-a.key', '--cacert', 'ca.crt'].map((word) =>
    word.startsWith('--') ? word : join(certificates.directory, word),
  );
  const { status, body, stderr } = await curl(
    ...tls,
    ...['--http1.1', '-H', 'Expect: 100-continue', '-T', file, '-v', `https://localhost:${front.port}/`],
  );
  assert.equal(status, 200, stderr);
  assert.equal(body, `PUT ${digestOfBytes(bytes)}`);
  assert.match(stderr, /HTTP\/1\.1 100 Continue/);
  assert.deepEqual(expectations, [undefined]);
});

test('an upgrade to cleartext HTTP/2 is ignored, with and without a body', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const lines = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'];
  const client = await front.connect();
  client.send(`${head('POST /1', ...lines, 'Content-Length: 4')}body`);
  await untilResponses(client, 1);
  client.send(head('GET /2', ...lines));
  await untilResponses(client, 2);
  client.send(head('GET /3'));
  const responses = await untilResponses(client, 3);
  assert.deepEqual(
    responses.map(({ status, headerLines: lines }) => [status, ...valuesOf(lines, 'upgrade')]),
    [[200], [200], [200]],
  );
  assert.deepEqual(
    backend.heads.map((text) => text.split(' HTTP')[0]),
    ['POST /1', 'GET /2', 'GET /3'],
  );
  assert.ok(backend.received.includes('\r\n\r\nbody'));
});

test('an HTTP/2 preface behind such an upgrade is no HTTP/2', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const upgrade = head('GET /', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk');
  const text = await front.exchange(`${upgrade}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0`);
  assert.doesNotMatch(text, /101 Switching/);
  assert.doesNotMatch(backend.received, /PRI|SM\r\n/);
});

test('an unknown expectation is not passed on', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const { status } = parseResponse(await front.exchange(lastHead('GET /', 'Expect: 200-ok')));
  assert.ok(status === 200 || status === 417, String(status));
  assert.doesNotMatch(backend.received, /expect/i);
  const chunked = lastHead('POST /', 'Transfer-Encoding: chunked', 'Expect: 100-Continue') + chunk('a') + chunk('');
  assert.match(await front.exchange(chunked), /^HTTP\/1\.1 (?:100|200) /);
});
