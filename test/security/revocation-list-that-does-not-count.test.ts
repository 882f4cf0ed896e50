// Attack: whoever cannot un-revoke a certificate takes care that the list is not believed or not there: it has expired, is
// not valid yet, was signed by somebody else, or a CA of the chain has none. All of it must shut clients out.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MutualError } from '../../src/errors.ts';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { type CaFiles, makeCa, makeCertificate, makeCrl } from '../support/openssl.ts';
import { tlsVersions } from '../support/tls-client.ts';

const hourMs = 3_600_000;
const trust = makeTrust({ after });
const { directory, ca, client } = trust;
const revoked = makeCertificate(directory, { ca, name: 'revoked' });
const good = makeCrl(ca, { name: 'good', revoked: [revoked.certificate] });
const otherCa = makeCa(directory, 'other-ca');
/** Has the name of the CA, and another key. */
const namesake = makeCa(directory, 'namesake', { subject: '/O=Test/CN=ca' });
const intermediate = makeCa(directory, 'intermediate', { ca });
const viaIntermediate = makeCertificate(directory, { ca: intermediate, name: 'via-intermediate' });
const revokedBelow = makeCertificate(directory, { ca: intermediate, name: 'revoked-below' });

const expired = listOf(ca, 'expired', -2, -1);
const future = listOf(ca, 'future', 1, 2);

function listOf(issuer: CaFiles, name: string, fromHours: number, untilHours: number): string {
  const at = (hours: number): Date => new Date(Date.now() + hours * hourMs);
  return makeCrl(issuer, { name, thisUpdate: at(fromHours), nextUpdate: at(untilHours) });
}

const forged = makeCrl(namesake);
const below = makeCrl(intermediate, { revoked: [revokedBelow.certificate] });
/** Last: what a CA has revoked stays revoked. */
const killed = makeCrl(ca, { name: 'killed', revoked: [intermediate.certificate] });

const cases: readonly (readonly [what: string, list: string, verifyError: string])[] = [
  ['has expired', expired, 'CRL has expired'],
  ['is not valid yet', future, 'CRL is not yet valid'],
  ['is of another CA', makeCrl(otherCa), 'unable to get certificate CRL'],
];

for (const version of tlsVersions) {
  for (const refuse of ['handshake', 'http']) {
    const status = refuse === 'http' ? 400 : 0;
    for (const [what, crl, verifyError] of cases) {
      test(`a list that ${what} admits nobody (${version}, refuse: ${refuse})`, async (t) => {
        const { gateway, served, refused, reconfigure } = await startGuardedGateway(t, trust, {
          clients: { crl, refuse },
        });
        for (const identity of [client, revoked]) {
          const { line } = await refused(
            { identity, version },
            { code: 'client-certificate-invalid', verifyError, status },
          );
          assert.match(String(line.advice), /revocation list/);
        }
        if (crl === expired) {
          await gateway.lineWhere(({ level, msg }) => level === 40 && msg.includes(expired));
        }
        assert.ok(await reconfigure({ clients: { crl: good, refuse } }));
        await served({ identity: client, version });
      });
    }

    test(`each CA of a chain needs its list (${version}, refuse: ${refuse})`, async (t) => {
      const chain = [intermediate.certificate];
      const { served, refused, reconfigure } = await startGuardedGateway(t, trust, { clients: { crl: good, refuse } });
      const noList = {
        code: 'client-certificate-invalid',
        verifyError: 'unable to get certificate CRL',
        status,
      } as const;
      await refused({ identity: viaIntermediate, chain, version }, noList);
      await served({ identity: client, version });

      assert.ok(await reconfigure({ clients: { crl: [good, below], refuse } }));
      await served({ identity: viaIntermediate, chain, version });
      await refused({ identity: revokedBelow, chain, version }, { ...noList, verifyError: 'certificate revoked' });

      assert.ok(await reconfigure({ clients: { crl: [killed, below], refuse } }));
      await refused({ identity: viaIntermediate, chain, version }, { ...noList, verifyError: 'certificate revoked' });
      await served({ identity: client, version });
    });
  }
}

test('a list with the signature of a namesake is never taken into use', async (t) => {
  const isForged = (error: unknown): boolean => error instanceof MutualError && error.code === 'crl-invalid';
  await assert.rejects(startGuardedGateway(t, trust, { clients: { crl: forged } }), isForged);

  const { gateway, served, refused, reconfigure } = await startGuardedGateway(t, trust, { clients: { crl: good } });
  assert.equal(await reconfigure({ clients: { crl: forged } }), false);
  await gateway.lineWhere(({ level, code }) => level === 50 && code === 'crl-invalid');
  await refused({ identity: revoked }, { code: 'client-certificate-invalid', verifyError: 'certificate revoked' });
  await served({ identity: client });
});
