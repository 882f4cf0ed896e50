// A client names our headers in its Connection header, so that a proxy that strips what is named there strips what it
// has just added itself (CVE-2022-31813, CVE-2024-45410, CVE-2026-33805).

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { head, parseResponse, untilResponses, valuesOf } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

const attacks: readonly (readonly string[])[] = [
  ['Connection: X-SSL-Client-S-DN'],
  ['Connection: x-ssl-client-s-dn, X-REAL-IP, x-forwarded-for, x-ssl-client-verify, host, x-request-id'],
  ['connection: keep-alive, X-SSL-Client-S-DN'],
  ['CONNECTION: ,, X-SSL-Client-S-DN ,\tx-real-ip'],
  ['Connection: keep-alive', 'Connection: X-SSL-Client-S-DN', 'Connection: X-SSL-Client-Verify'],
  ['Connection: X-SSL-Client-S-DN', 'X-SSL-Client-S-DN: CN=spoof', 'Connection: X_SSL_Client_S_DN'],
  ['Connection: X_SSL_Client_S_DN, X.Real.IP', 'X_SSL_Client_S_DN: CN=spoof'],
  ['Proxy-Connection: X-SSL-Client-S-DN', 'Keep-Alive: X-SSL-Client-S-DN'],
];

function assertOurs(lines: readonly string[], attack: readonly string[]): void {
  const message = attack.join(' | ');
  for (const expected of [...certificates.identityOfClientA, 'X-Real-IP: 127.0.0.1', 'Host: localhost']) {
    const [name = '', value] = expected.split(': ');
    assert.deepEqual(valuesOf(lines, name), [value], `${message}: ${name}`);
  }
  assert.equal(valuesOf(lines, 'x-request-id').length, 1, message);
  assert.doesNotMatch(lines.join('\n'), /spoof/i, message);
}

test('ours arrive whatever the client names', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  for (const [index, attack] of attacks.entries()) {
    client.send(head('GET /', ...attack));
    await untilResponses(client, index + 1);
    const lines = headerLines(backend.heads[index] as string);
    assertOurs(lines, attack);
    assert.deepEqual(
      valuesOf(lines, 'connection').filter((value) => !/^keep-alive$/i.test(value)),
      [],
    );
  }
});

test('together with close, the client is served once and the connection to the backend lives on', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  for (const attack of [['Connection: close, X-SSL-Client-S-DN, x-real-ip'], ['Connection: X-Real-IP, Close']]) {
    assert.equal(parseResponse(await front.exchange(head('GET /', ...attack))).status, 200);
    assertOurs(headerLines(backend.heads.at(-1) as string), attack);
  }
  assert.equal(backend.connections.length, 1);
});

test('on an upgrade, too', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => switching });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const attacks = [
    ['Connection: Upgrade, X-SSL-Client-S-DN, x-real-ip, host', 'Upgrade: websocket'],
    ['Connection: X-SSL-Client-Verify', 'Connection: upgrade', 'Upgrade: websocket', 'X-SSL-Client-Verify: spoof'],
  ];
  for (const [index, attack] of attacks.entries()) {
    const client = await front.connect();
    client.send(head('GET /', ...attack));
    assert.match(await client.until('\r\n\r\n'), /^HTTP\/1\.1 101 /);
    const lines = headerLines(backend.heads[index] as string);
    assertOurs(lines, attack);
    assert.deepEqual(valuesOf(lines, 'connection'), ['Upgrade']);
  }
});

test('what a client may name is removed, and what is meant for the service is not', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(
    head(
      'GET /',
      'Connection: X-Hop, Authorization, Cookie',
      'X-Hop: 1',
      'Authorization: Basic YTpi',
      'Cookie: a=1',
      'X-End: 2',
    ),
  );
  await untilResponses(client, 1);
  const lines = headerLines(backend.heads[0] as string);
  assert.deepEqual(valuesOf(lines, 'x-hop'), []);
  assert.deepEqual(valuesOf(lines, 'x-end'), ['2']);
  assert.deepEqual(valuesOf(lines, 'authorization'), ['Basic YTpi']);
  assert.deepEqual(valuesOf(lines, 'cookie'), ['a=1']);
});
