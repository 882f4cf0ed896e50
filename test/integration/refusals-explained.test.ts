// Whoever is refused is named in the log: the certificate, its issuer, serial, fingerprint and end, and why it does not
// count, also where the refusal is a TLS alert and Node hides the certificate.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { parseCertificates } from '../../src/x509/certificate.ts';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { makeCa, makeCertificate } from '../support/openssl.ts';
import { tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const stranger = makeCertificate(trust.directory, {
  ca: makeCa(trust.directory, 'strangers'),
  name: 'stranger',
  subject: '/O=Company X/CN=stranger',
});
const [certificate] = parseCertificates(readFileSync(stranger.certificate), stranger.certificate);

for (const version of tlsVersions) {
  for (const refuse of ['handshake', 'http']) {
    test(`a refused certificate stands in the log (${version}, refuse: ${refuse})`, async (t) => {
      const { refused, served } = await startGuardedGateway(t, trust, { clients: { refuse } });
      const { line } = await refused(
        { identity: stranger, version },
        {
          code: 'client-certificate-invalid',
          verifyError: 'unable to verify the first certificate',
          status: refuse === 'http' ? 400 : 0,
        },
      );
      assert.deepEqual(line.certificate, {
        subject: 'CN=stranger,O=Company X',
        issuer: 'CN=strangers,O=Test',
        serial: certificate?.serialNumber,
        sha256: certificate?.sha256,
        not_after: certificate?.notAfter.toISOString(),
      });
      await served({ identity: trust.client, version });
    });
  }
}

test('where no certificate was sent none is described', async (t) => {
  const { refused } = await startGuardedGateway(t, trust);
  const { line } = await refused({}, { code: 'client-certificate-missing' });
  assert.equal(line.certificate, undefined);
});
