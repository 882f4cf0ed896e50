// Attack: a client keeps the session it got while its certificate was in date, and resumes it afterwards. The TLS
// library looks at no date when it resumes; the certificate comes out of the ticket, whether the client has it or not.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { makeCertificate } from '../support/openssl.ts';
import { tlsVersions } from '../support/tls-client.ts';

const hourMs = 3_600_000;
const trust = makeTrust({ after });
const shortLived = makeCertificate(trust.directory, {
  ca: trust.ca,
  name: 'short-lived',
  notAfter: new Date(Date.now() + hourMs),
});

for (const version of tlsVersions) {
  for (const refuse of ['handshake', 'http']) {
    test(`a session ends with the certificate it was made for (${version}, refuse: ${refuse})`, async (t) => {
      let nowMs = Date.now();
      const { served, refused } = await startGuardedGateway(t, trust, { clients: { refuse }, now: () => nowMs });
      const first = await served({ identity: shortLived, version });
      const again = await served({ identity: shortLived, version, session: first.session });
      assert.ok(again.resumed, 'sessions can be resumed, or this test tests nothing');
      const longLived = await served({ identity: trust.client, version });

      nowMs += 2 * hourMs;
      const expected = {
        code: 'client-certificate-invalid',
        verifyError: 'certificate has expired',
        status: refuse === 'http' ? 400 : 0,
      } as const;
      for (const identity of [shortLived, undefined]) {
        const { outcome, line } = await refused({ identity, version, session: first.session }, expected);
        assert.ok(outcome.resumed, 'the session was resumed, so that only the gateway can have refused it');
        assert.equal((line.certificate as { subject: string }).subject, 'CN=short-lived');
      }

      const honest = await served({ identity: trust.client, version, session: longLived.session });
      assert.ok(honest.resumed);
    });
  }
}
