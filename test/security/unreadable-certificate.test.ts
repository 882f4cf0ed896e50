// Attack: a certificate that OpenSSL takes and a stricter reader does not. Where clients without a good certificate may
// connect anybody can send one; it must end that connection, and never the process.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { der, extension, sequence } from '../support/der-writer.ts';
import { forgeCertificate } from '../support/forge-certificate.ts';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { makeCertificate } from '../support/openssl.ts';
import { tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca, client } = trust;
const selfSigned = makeCertificate(directory, { name: 'self-signed' });

const aNull = der(5);
const unreadable: Readonly<Record<string, Parameters<typeof forgeCertificate>[4]>> = {
  'alternative names that are none': { extensions: [extension('2.5.29.17', aNull)] },
  'alternative names twice': {
    extensions: ['a.test', 'b.test'].map((text) => extension('2.5.29.17', sequence(der(0x82, text)))),
  },
  'a key usage that is none': { extensions: [extension('2.5.29.15', aNull)] },
  'purposes that are none': { extensions: [extension('2.5.29.37', aNull)] },
  'places of lists that are none': { extensions: [extension('2.5.29.31', aNull)] },
  'access to information that is none': { extensions: [extension('1.3.6.1.5.5.7.1.1', aNull)] },
  'an extension cut short': { extensions: [extension('2.5.29.17', Buffer.from([0x30, 0x7f, 0x82]))] },
  'dates before there were dates': { validity: [der(0x17, '000101000000Z'), der(0x18, '99991231235959Z')] },
  'a negative serial number': { serial: Buffer.from([0x80, 0x00]) },
};

for (const version of tlsVersions) {
  for (const clients of [
    { refuse: 'handshake' },
    { refuse: 'http' },
    { refuse: 'handshake', verify: 'optional' },
    { refuse: 'http', verify: 'optional' },
  ]) {
    test(`nobody ends the process with a certificate (${version}, ${JSON.stringify(clients)})`, async (t) => {
      const { attempt, gateway, backend, served } = await startGuardedGateway(t, trust, { clients });
      for (const [what, changes] of Object.entries(unreadable)) {
        for (const [template, signer] of [
          [client, ca],
          [selfSigned, selfSigned],
        ] as const) {
          const identity = forgeCertificate(directory, 'unreadable', template, signer.key, changes);
          const before = backend.received;
          const outcome = await attempt({ identity, version });
          if (outcome.status === 200) {
            assert.equal(signer, ca, `${what}: a certificate that the CA did not sign was admitted`);
            assert.match(backend.heads.at(-1) ?? '', /^X-SSL-Client-Verify: SUCCESS$/m);
            continue;
          }
          assert.equal(outcome.status, clients.refuse === 'http' ? 400 : 0, what);
          const { code } = await gateway.lineWhere(({ port }) => port === outcome.clientPort);
          assert.equal(code, 'client-certificate-invalid', what);
          assert.equal(backend.received, before, what);
        }
      }
      assert.ok(!gateway.lines.some(({ code }) => code === 'internal'));
      await served({ identity: client, version });
    });
  }
}
