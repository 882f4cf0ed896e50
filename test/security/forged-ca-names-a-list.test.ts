// Attack: a client whose certificate is verified sends beside it a certificate of its CA that it has made itself, with the
// CA's name and key and an address of the client's choice for the revocation list. The gateway must not fetch from there.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { distributionPointsOf } from '../../src/credentials/distribution-points.ts';
import { identityOf } from '../../src/gateway/authenticate/identity.ts';
import { createTrust } from '../../src/gateway/authenticate/trust.ts';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { makeCa, makeCertificate, runOpenssl, temporaryDirectory } from '../support/openssl.ts';

test('only the path to an anchor says where lists are', (t) => {
  const directory = temporaryDirectory(t);
  const root = makeCa(directory, 'root');
  const inner = makeCa(directory, 'inner', {
    ca: root,
    extensions: ['crlDistributionPoints = URI:http://lists.example/root.crl'],
  });
  const client = makeCertificate(directory, {
    ca: inner,
    name: 'client',
    extensions: ['crlDistributionPoints = URI:http://lists.example/inner.crl'],
  });
  const attacker = makeCa(directory, 'attacker');
  const forged = join(directory, 'forged.crt');
  const key = join(directory, 'inner.pub');
  writeFileSync(key, runOpenssl(['x509', '-in', inner.certificate, '-noout', '-pubkey']));
  writeFileSync(
    join(directory, 'forged.cnf'),
    'basicConstraints=critical,CA:TRUE\ncrlDistributionPoints=URI:http://127.0.0.1/evil\n',
  );
  const request = runOpenssl(['req', '-new', '-key', attacker.key, '-subj', '/O=Test/CN=inner']);
  const signer = ['-CA', attacker.certificate, '-CAkey', attacker.key, '-CAcreateserial'];
  const extensions = ['-extfile', join(directory, 'forged.cnf'), '-force_pubkey', key];
  runOpenssl(['x509', '-req', ...signer, ...extensions, '-out', forged], { input: request });

  const read = (file: string) => new X509Certificate(readFileSync(file));
  const certificate = parseCertificate(read(client.certificate));
  const facts = { revocationLists: [], onCrlExpired: 'refuse', requiresLists: true } as const;
  const trust = createTrust({ anchors: [parseCertificate(read(root.certificate))], ...facts });
  const listsOf = (...sent: string[]) => {
    const { chain = [] } = identityOf(certificate, () => sent.map(read));
    return distributionPointsOf(trust.pathOf(certificate, () => chain));
  };
  const honest = ['http://lists.example/inner.crl', 'http://lists.example/root.crl'];
  assert.deepEqual(listsOf(inner.certificate), honest);
  const other = createTrust({ anchors: [parseCertificate(read(inner.certificate))], ...facts });
  assert.ok(!listsOf(forged, inner.certificate).includes('http://127.0.0.1/evil'));
  assert.deepEqual(
    distributionPointsOf(other.pathOf(certificate, () => [parseCertificate(read(forged))])),
    honest,
    'an anchor needs nothing of what a client sends',
  );
  const { chain = [] } = identityOf(certificate, () => [read(forged)]);
  assert.equal(chain.length, 1, 'a link by name and key alone is no proof of what else it says');
});
