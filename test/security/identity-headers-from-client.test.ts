// A client sends the headers by which backends are told who it is: in every spelling, twice, as a trailer, over each
// version of HTTP. The backend must see ours, once, and nothing else.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import { canonicalName, isManagedName } from '../../src/gateway/forward/headers/managed-names.ts';
import { answerAfterBody, okAndClose } from '../support/answer-after-body.ts';
import { chunk, head, lastHead, nameOf, parseResponse, untilResponses, valuesOf } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { exchangeRaw } from '../support/raw-client.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';
import { spoofedHeaders } from '../support/spoofed-headers.ts';

const certificates = makeCertificates({ after });

/** Lines of a head that say who the client is, or where it comes from. */
function managedLines(lines: readonly string[]): string[] {
  return lines.filter((line) => isManagedName(nameOf(line)) && canonicalName(nameOf(line)) !== 'x-request-id');
}

const ours = [
  'X-Real-IP: 127.0.0.1',
  'X-Forwarded-For: 127.0.0.1',
  'X-Forwarded-Proto: https',
  ...certificates.identityOfClientA,
  'X-Forwarded-Host: localhost',
];

test('each spelling of each name is replaced by ours', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  for (const [index, line] of spoofedHeaders.entries()) {
    client.send(head(`GET /${index}`, line, 'X-Colour: blue'));
    await untilResponses(client, index + 1);
    const lines = headerLines(backend.heads[index] as string);
    assert.doesNotMatch(lines.join('\n'), /spoof/i, line);
    assert.deepEqual(managedLines(lines), ours, line);
    // Its twin: what is nobody's identity travels as it was sent.
    assert.ok(lines.includes('X-Colour: blue'), line);
  }
});

test('all of them at once, each twice, leave one of ours', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const response = parseResponse(await front.exchange(lastHead('GET /', ...spoofedHeaders, ...spoofedHeaders)));
  assert.equal(response.status, 200);
  assert.deepEqual(managedLines(headerLines(backend.heads[0] as string)), ours);
  assert.doesNotMatch(backend.received, /spoof/i);
  assert.match(valuesOf(headerLines(backend.heads[0] as string), 'x-request-id').join(), /^[0-9a-f]{32}$/);
});

test('trailers of a request are dropped, the body before them is not', async (t) => {
  const backend = await createRecordingBackend(t, { respond: answerAfterBody(okAndClose) });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const trailers = ['X-SSL-Client-S-DN: CN=spoof', 'X_SSL_Client_Verify: spoof', 'X-Other: spoof'].join('\r\n');
  const announced = 'Trailer: X-SSL-Client-S-DN, X_SSL_Client_Verify, X-Other';
  const bytes = `${lastHead('POST /', 'Transfer-Encoding: chunked', announced)}${chunk('body')}0\r\n${trailers}\r\n\r\n`;
  assert.equal(parseResponse(await front.exchange(bytes)).status, 200);
  assert.match(backend.received, /\r\n\r\n4\r\nbody\r\n0\r\n\r\n$/);
  assert.doesNotMatch(backend.received, /spoof/i);
  assert.deepEqual(valuesOf(headerLines(backend.heads[0] as string), 'trailer'), []);
});

test('a client without a certificate is told as such, whatever it says of itself', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    clients: { verify: 'optional' },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const spoofed = lastHead('GET /', ...spoofedHeaders);
  assert.equal(parseResponse(await front.exchange(spoofed, certificates.nobody)).status, 200);
  const identity = (at: number): string[] =>
    headerLines(backend.heads[at] as string).filter((line) => canonicalName(nameOf(line)).startsWith('x-ssl'));
  assert.deepEqual(identity(0), ['X-SSL-Client-Verify: NONE']);
  assert.doesNotMatch(backend.received, /spoof/i);

  assert.equal(parseResponse(await front.exchange(spoofed)).status, 200);
  assert.deepEqual(identity(1), certificates.identityOfClientA);
});

test('a listener without TLS and a route that asks for no certificate strip them, too', async (t) => {
  const backend = await createRecordingBackend(t);
  const plain = { listen: '[::1]:0', routes: [{ path: '/', upstream: backend.url }] };
  const front = await startFront(t, certificates, {
    clients: { verify: 'optional' },
    routes: [{ path: '/', clients: 'none', upstream: backend.url }],
    servers: [plain],
  });
  const spoofed = lastHead('GET /', ...spoofedHeaders, 'X-Colour: blue');
  assert.equal(parseResponse(await front.exchange(spoofed)).status, 200);
  const answer = await exchangeRaw(t, { host: '::1', port: front.gateway.port(1) }, spoofed);
  assert.equal(parseResponse(answer).status, 200);
  assert.equal(backend.heads.length, 2);
  assert.doesNotMatch(backend.received, /spoof/i);
  assert.equal(backend.heads.filter((text) => text.includes('X-Colour: blue')).length, 2);
});

test('over HTTP/2 the same', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    server: { http2: true },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const session = http2.connect(`https://localhost:${front.port}`, certificates.clientA);
  t.after(() => session.destroy());
  for (const [index, line] of spoofedHeaders.entries()) {
    const name = nameOf(line).toLowerCase();
    const stream = session.request({
      ':path': `/${index}`,
      ':authority': 'localhost',
      [name]: line.slice(name.length + 2),
      'x-colour': 'blue',
    });
    stream.resume();
    const [status] = await new Promise<[unknown]>((resolve, reject) => {
      stream.once('response', (headers) => resolve([headers[':status']]));
      stream.once('error', reject);
    });
    assert.equal(status, 200, line);
    const lines = headerLines(backend.heads[index] as string);
    assert.doesNotMatch(lines.join('\n'), /spoof/i, line);
    assert.deepEqual(managedLines(lines), ours, line);
    assert.ok(lines.includes('x-colour: blue'), line);
  }
});
