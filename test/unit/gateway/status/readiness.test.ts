import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseConfig } from '../../../../src/config/load.ts';
import { loadCredentials } from '../../../../src/credentials/load-credentials.ts';
import { credentialReasons } from '../../../../src/gateway/status/readiness.ts';
import { makeCa, makeCertificate, makeCrl, temporaryDirectory } from '../../../support/openssl.ts';

const dayMs = 24 * 60 * 60 * 1000;
const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca', { days: 400 });
const shortCa = makeCa(directory, 'short', { days: 20 });
makeCertificate(directory, { ca, name: 'server', san: 'DNS:localhost', days: 40 });
makeCertificate(directory, { ca, name: 'client', days: 30 });
makeCrl(ca, { nextUpdate: new Date(Date.now() + 10 * dayMs) });

function reasonsIn(days: number, clients: string, upstream = ''): string[] {
  const yaml = `servers:
  - listen: 127.0.0.1:0
    tls: { certificate: server.crt, key: server.key, clients: { ${clients} } }
    routes: [{ path: /, respond: {} }]
${upstream === '' ? '' : `upstreams: { u: { servers: 'https://a.example', tls: { ${upstream} } } }`}`;
  const config = parseConfig(yaml, join(directory, 'mutual.yaml'));
  const credentials = loadCredentials(config, Date.now());
  return credentialReasons(config, credentials, Date.now() + days * dayMs).map(({ code }) => code);
}

test('with everything in date there is no reason', () => {
  assert.deepEqual(
    reasonsIn(0, 'ca: ca.crt, crl: [ca.crl]', 'certificate: client.crt, key: client.key, ca: ca.crt'),
    [],
  );
});

test('a server certificate that has run out, or has not begun', () => {
  assert.deepEqual(reasonsIn(41, 'ca: ca.crt'), ['certificate-expired']);
  assert.deepEqual(reasonsIn(-1, 'ca: ca.crt'), ['certificate-not-yet-valid', 'certificate-not-yet-valid']);
});

test('a revocation list that has run out, unless it is to be kept', () => {
  assert.deepEqual(reasonsIn(11, 'ca: ca.crt, crl: [ca.crl]'), ['crl-expired']);
  assert.deepEqual(reasonsIn(11, 'ca: ca.crt, crl: [ca.crl], onCrlExpired: keep'), []);
});

test('of several client CAs one that is in date is enough', () => {
  assert.deepEqual(reasonsIn(21, 'ca: short.crt'), ['certificate-expired']);
  assert.deepEqual(reasonsIn(21, 'ca: [short.crt, ca.crt]'), []);
});

test('what is shown to upstreams, and what they are verified by', () => {
  const shown = 'certificate: client.crt, key: client.key';
  assert.deepEqual(reasonsIn(31, 'ca: ca.crt', `${shown}, ca: ca.crt`), ['certificate-expired']);
  assert.deepEqual(reasonsIn(21, 'ca: ca.crt', 'ca: short.crt'), ['certificate-expired']);
  assert.deepEqual(reasonsIn(21, 'ca: ca.crt', 'ca: system'), []);
});

test('the reason names the file and how to mend it', () => {
  const config = parseConfig(
    `servers: [{ listen: "127.0.0.1:0", names: [a.example], tls: { certificate: server.crt, key: server.key }, routes: [{ path: /, respond: {} }] }]`,
    join(directory, 'mutual.yaml'),
  );
  const [reason] = credentialReasons(config, loadCredentials(config, Date.now()), Date.now() + 50 * dayMs);
  assert.match(reason?.text ?? '', /server\.crt of server a\.example expired on 20\d\d-.*: renew it$/);
  assert.ok(shortCa.certificate.endsWith('short.crt'));
});
