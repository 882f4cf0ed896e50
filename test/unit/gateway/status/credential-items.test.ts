import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseConfig } from '../../../../src/config/load.ts';
import { loadCredentials } from '../../../../src/credentials/load-credentials.ts';
import { credentialItemsOf, credentialStateOf } from '../../../../src/gateway/status/credential-items.ts';
import { makeCa, makeCertificate, makeCrl, temporaryDirectory } from '../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca', { days: 400 });
const other = makeCa(directory, 'other', { days: 300 });
makeCertificate(directory, { ca, name: 'server', san: 'DNS:localhost', days: 40 });
makeCertificate(directory, { ca, name: 'client', days: 30 });
makeCrl(ca, { nextUpdate: new Date(Date.now() + 10 * 86_400_000) });
makeCrl(other, { nextUpdate: new Date(Date.now() + 20 * 86_400_000) });

test('everything that runs out is listed once, the first to end first, with its file and who uses it', () => {
  const tls =
    '{ certificate: server.crt, key: server.key, clients: { ca: [ca.crt, other.crt], crl: [ca.crl, other.crl] } }';
  const yaml = `servers:
  - { listen: 127.0.0.1:0, names: [a.example], tls: ${tls}, routes: [{ path: /, respond: {} }] }
  - { listen: 127.0.0.1:0, names: [b.example], tls: ${tls}, routes: [{ path: /, respond: {} }] }
upstreams: { u: { servers: 'https://a.example', tls: { certificate: client.crt, key: client.key, ca: ca.crt } } }
admin: { listen: 127.0.0.1:0, tls: { certificate: server.crt, key: server.key, clients: { ca: other.crt } } }
`;
  const config = parseConfig(yaml, join(directory, 'mutual.yaml'));
  const items = credentialItemsOf(config, loadCredentials(config, Date.now()));
  const both = ['server a.example', 'server b.example'];
  assert.deepEqual(
    items.map(({ kind, file, usedBy }) => [kind, file.slice(directory.length + 1), usedBy]),
    [
      ['crl', 'ca.crl', both],
      ['crl', 'other.crl', both],
      ['upstream-client', 'client.crt', ['upstream u']],
      ['server', 'server.crt', [...both, 'admin']],
      ['client-ca', 'other.crt', [...both, 'admin']],
      ['client-ca', 'ca.crt', both],
      ['upstream-ca', 'ca.crt', ['upstream u']],
    ],
  );
  assert.deepEqual([items[0]?.revoked, items[0]?.certificate], [0, null]);
  assert.equal(items[3]?.certificate?.altNames.dns[0], 'localhost');
});

test('the state of an item follows its dates', () => {
  const item = { notBeforeMs: 10, nearFromMs: 20, notAfterMs: 30 };
  const states = [9, 10, 20, 21, 30, 31].map((nowMs) => credentialStateOf(item, nowMs));
  assert.deepEqual(states, ['not-yet', 'good', 'good', 'ends-soon', 'ends-soon', 'ended']);
  assert.equal(credentialStateOf({ notBeforeMs: 10, nearFromMs: null, notAfterMs: null }, 1e15), 'good');
});
