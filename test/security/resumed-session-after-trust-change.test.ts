// Attack: a client that is not trusted any more offers the session of better days. A session carries the verdict of its
// first handshake, so it must not live longer than the trust under which it was made.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type ExpectedRefusal, makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { makeCa, makeCertificate, makeCrl } from '../support/openssl.ts';
import { tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca, client } = trust;
const revoked = makeCertificate(directory, { ca, name: 'revoked' });
const crl = makeCrl(ca, { revoked: [revoked.certificate] });
const otherCa = makeCa(directory, 'other-ca');
const otherClient = makeCertificate(directory, { ca: otherCa, name: 'other-client' });

for (const version of tlsVersions) {
  for (const refuse of ['handshake', 'http']) {
    const status = refuse === 'http' ? 400 : 0;
    const isRevoked: ExpectedRefusal = {
      code: 'client-certificate-invalid',
      verifyError: 'certificate revoked',
      status,
    };

    test(`a session of a client that was revoked since is worth nothing (${version}, refuse: ${refuse})`, async (t) => {
      const { served, refused, reconfigure } = await startGuardedGateway(t, trust, { clients: { refuse } });
      const { session } = await served({ identity: revoked, version });
      const honest = await served({ identity: client, version });

      assert.ok(await reconfigure({ clients: { refuse, crl } }));
      await refused({ identity: revoked, version }, isRevoked);
      const { outcome } = await refused({ identity: revoked, version, session }, isRevoked);
      assert.ok(!outcome.resumed, 'tickets of the trust before are not taken up');
      await refused({ version, session }, { code: 'client-certificate-missing', status });

      const first = await served({ identity: client, version, session: honest.session });
      assert.ok(!first.resumed);
      assert.ok((await served({ identity: client, version, session: first.session })).resumed);
    });

    test(`a session of a CA that was taken away is worth nothing (${version}, refuse: ${refuse})`, async (t) => {
      const { served, refused, reconfigure } = await startGuardedGateway(t, trust, { clients: { refuse } });
      const { session } = await served({ identity: client, version });

      assert.ok(await reconfigure({ clients: { refuse, ca: otherCa.certificate } }));
      const isUnknown: ExpectedRefusal = {
        code: 'client-certificate-invalid',
        verifyError: 'self-signed certificate in certificate chain',
        status,
      };
      await refused({ identity: client, version }, isUnknown);
      await refused({ identity: client, version, session }, isUnknown);
      await refused({ version, session }, { code: 'client-certificate-missing', status });
      await served({ identity: otherClient, version });
    });
  }

  test(`a session of one instance says nothing to another with a stricter trust (${version})`, async (t) => {
    const lenient = await startGuardedGateway(t, trust);
    const strict = await startGuardedGateway(t, trust, { clients: { crl } });
    const { session } = await lenient.served({ identity: revoked, version });
    const isRevoked = { code: 'client-certificate-invalid', verifyError: 'certificate revoked' } as const;
    await strict.refused({ identity: revoked, version, session }, isRevoked);
    await strict.refused({ version, session }, { code: 'client-certificate-missing' });

    const honest = await lenient.served({ identity: client, version });
    assert.ok(!(await strict.served({ identity: client, version, session: honest.session })).resumed);
  });
}
