// Requests to switch protocols go another way through the program than others: nothing may be forgotten there. Spoofed
// headers, clients who are not allowed, and clients without a certificate.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { canonicalName, isManagedName } from '../../src/gateway/forward/headers/managed-names.ts';
import { head, nameOf, parseResponse, valuesOf } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';
import { spoofedHeaders } from '../support/spoofed-headers.ts';

const certificates = makeCertificates({ after });

const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const websocket = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AA=='];

test('the backend gets our headers alone', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => switching });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(head('GET /chat', ...websocket, ...spoofedHeaders));
  assert.match(await client.until('\r\n\r\n'), /^HTTP\/1\.1 101 /);
  const [received = ''] = backend.heads;
  assert.match(received, /^GET \/chat HTTP\/1\.1\r\n/);
  assert.doesNotMatch(backend.received, /spoof/i);
  const lines = headerLines(received);
  const managed = lines.filter((line) => isManagedName(nameOf(line)) && canonicalName(nameOf(line)) !== 'x-request-id');
  assert.deepEqual(managed, [
    'X-Real-IP: 127.0.0.1',
    'X-Forwarded-For: 127.0.0.1',
    'X-Forwarded-Proto: https',
    ...certificates.identityOfClientA,
    'X-Forwarded-Host: localhost',
  ]);
  assert.deepEqual(valuesOf(lines, 'sec-websocket-key'), ['AA==']);
  assert.deepEqual([...valuesOf(lines, 'connection'), ...valuesOf(lines, 'upgrade')], ['Upgrade', 'websocket']);
});

test('who is not allowed gets no tunnel, and the backend hears nothing of it', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => switching });
  const front = await startFront(t, certificates, {
    routes: [
      { path: '/', upstream: backend.url },
      { path: '/admin', allow: [{ commonName: 'admin' }], upstream: backend.url },
    ],
  });
  const upgrade = head('GET /admin', ...websocket);
  const refusal = parseResponse(await front.exchange(`${upgrade}bytes of the tunnel`));
  assert.equal(refusal.status, 403);
  assert.match(refusal.body, /not-allowed/);
  for (const path of ['/%61dmin', '/./admin', '/x/../admin', '//admin', '/admin#']) {
    const { status } = parseResponse(await front.exchange(head(`GET ${path}`, ...websocket)));
    assert.ok(status === 400 || status === 403, `${path}: ${status}`);
  }
  assert.equal(backend.connections.length, 0);

  const client = await front.connect(certificates.admin);
  client.send(`${upgrade}bytes of the tunnel`);
  assert.match(await client.until('\r\n\r\n'), /^HTTP\/1\.1 101 /);
  await backend.untilReceived('bytes of the tunnel');
});

test('who has no certificate gets no tunnel where one is needed', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => switching });
  const front = await startFront(t, certificates, {
    clients: { verify: 'optional' },
    routes: [
      { path: '/', upstream: backend.url },
      { path: '/private', clients: 'required', upstream: backend.url },
    ],
  });
  const refusal = parseResponse(await front.exchange(head('GET /private', ...websocket), certificates.nobody));
  assert.equal(refusal.status, 400);
  assert.match(refusal.body, /client-certificate-missing/);
  assert.equal(backend.connections.length, 0);

  const client = await front.connect(certificates.nobody);
  client.send(head('GET /', ...websocket, 'X-SSL-Client-Verify: SUCCESS'));
  assert.match(await client.until('\r\n\r\n'), /^HTTP\/1\.1 101 /);
  assert.deepEqual(valuesOf(headerLines(backend.heads[0] as string), 'x-ssl-client-verify'), ['NONE']);
});

test('bytes sent ahead reach no backend that does not switch, and never become a request', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: () => 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n',
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const smuggled = head('GET /smuggled', 'X-SSL-Client-S-DN: CN=spoof');
  const answer = await front.exchange(head('GET /chat', ...websocket) + smuggled);
  assert.equal(parseResponse(answer).status, 401);
  assert.equal(backend.heads.length, 1);
  assert.doesNotMatch(backend.received, /smuggled/);
});

test('a backend may not switch to what nobody asked for', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => switching.replace('websocket', 'h2c') });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  assert.equal(parseResponse(await front.exchange(head('GET /', ...websocket))).status, 502);
  // Nor where nobody asked at all.
  assert.equal(parseResponse(await front.exchange(head('GET /', 'Connection: close'))).status, 502);
});
