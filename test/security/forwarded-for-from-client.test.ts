// A client says where it comes from, to get past lists of addresses or to write others into logs. Only proxies that the
// configuration names are believed, in where a client comes from and never in who it is.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { lastHead, parseResponse, valuesOf } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { exchangeRaw } from '../support/raw-client.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';
import { startTestGateway } from '../support/test-gateway.ts';

const certificates = makeCertificates({ after });

const said = [
  ...['X-Forwarded-For: 10.0.0.1', 'X-Forwarded-For: 10.0.0.2', 'X-Real-IP: 10.0.0.3', 'Forwarded: for=10.0.0.4'],
  ...['X-Forwarded-Proto: https', 'X-Forwarded-Host: other.example', 'X-Forwarded-Port: 4443'],
  ...['X-SSL-Client-S-DN: CN=spoof', 'X-SSL-Client-Verify: SUCCESS', 'X-Forwarded-Client-Cert: Hash=spoof'],
];

/** Values of these headers, one entry each. */
function toldOf(head: string | undefined): readonly (readonly string[])[] {
  const lines = headerLines(head ?? '');
  const names = [
    'x-forwarded-for',
    'x-real-ip',
    'forwarded',
    'x-forwarded-proto',
    'x-forwarded-host',
    'x-forwarded-port',
  ];
  return names.map((name) => valuesOf(lines, name));
}

test('what a client says is dropped, over TLS and without', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    routes: [{ path: '/', upstream: backend.url }],
    servers: [{ listen: '[::1]:0', routes: [{ path: '/', upstream: backend.url }] }],
  });
  assert.equal(parseResponse(await front.exchange(lastHead('GET /', ...said))).status, 200);
  await exchangeRaw(t, { host: '::1', port: front.gateway.port(1) }, lastHead('GET /', ...said));
  assert.deepEqual(toldOf(backend.heads[0]), [['127.0.0.1'], ['127.0.0.1'], [], ['https'], ['localhost'], []]);
  assert.deepEqual(toldOf(backend.heads[1]), [['::1'], ['::1'], [], ['http'], ['localhost'], []]);
  assert.doesNotMatch(backend.received, /spoof|10\.0\.0/);
});

test('a trusted proxy is believed, but not in who the client is', async (t) => {
  const backend = await createRecordingBackend(t);
  const gateway = await startTestGateway(
    t,
    certificates.directory,
    JSON.stringify({
      trustedProxies: '127.0.0.0/8',
      log: { access: 'off' },
      servers: [{ listen: '127.0.0.1:0', routes: [{ path: '/', upstream: backend.url }] }],
    }),
  );
  await exchangeRaw(t, { port: gateway.port() }, lastHead('GET /', ...said));
  assert.deepEqual(toldOf(backend.heads[0]), [
    ['10.0.0.1, 10.0.0.2, 127.0.0.1'],
    ['127.0.0.1'],
    [],
    ['https'],
    ['other.example'],
    ['4443'],
  ]);
  assert.doesNotMatch(backend.received, /spoof/);
});
