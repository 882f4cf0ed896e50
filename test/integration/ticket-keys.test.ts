// Two gateways with one ticket key, as on two machines: a session of one is taken up by the other, and never where they
// differ in whom they trust, or in which server it is.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { makeCertificate, makeCrl } from '../support/openssl.ts';
import { tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const ticketKeys = join(trust.directory, 'ticket.key');
const otherKeys = join(trust.directory, 'other.key');
for (const file of [ticketKeys, otherKeys]) writeFileSync(file, randomBytes(48), { mode: 0o600 });
const gone = makeCertificate(trust.directory, { ca: trust.ca, name: 'gone', eku: 'clientAuth' });
const crl = makeCrl(trust.ca, { revoked: [gone.certificate] });
const identity = trust.client;

for (const version of tlsVersions) {
  test(`${version}: a session of one machine is taken up by the other, both ways`, async (t) => {
    const [one, other] = await Promise.all([
      startGuardedGateway(t, trust, { tls: { ticketKeys } }),
      startGuardedGateway(t, trust, { tls: { ticketKeys } }),
    ]);
    const fresh = await one.served({ identity, version });
    assert.equal(fresh.resumed, false);
    const resumed = await other.served({ identity, version, session: fresh.session });
    assert.equal(resumed.resumed, true);
    const back = await one.served({ identity, version, session: resumed.session ?? fresh.session });
    assert.equal(back.resumed, true);
  });

  for (const [what, options] of [
    ['another key', { tls: { ticketKeys: otherKeys } }],
    ['no key in a file', {}],
    ['a revocation list', { tls: { ticketKeys }, clients: { crl } }],
    ['clients who need no certificate', { tls: { ticketKeys }, clients: { verify: 'optional' } }],
    ['refusals by HTTP', { tls: { ticketKeys }, clients: { refuse: 'http' } }],
    ['no resumption', { tls: { ticketKeys, resumption: false } }],
  ] as const) {
    test(`${version}: not by one with ${what}`, async (t) => {
      const one = await startGuardedGateway(t, trust, { tls: { ticketKeys } });
      const other = await startGuardedGateway(t, trust, options);
      const { session } = await one.served({ identity, version });
      assert.ok(session !== undefined);
      assert.equal((await other.served({ identity, version, session })).resumed, false);
    });
  }

  test(`${version}: a change of trust ends sessions, and nothing else does`, async (t) => {
    const guarded = await startGuardedGateway(t, trust, { tls: { ticketKeys } });
    const { session } = await guarded.served({ identity, version });
    await guarded.reconfigure({ tls: { ticketKeys }, limits: { maxHeaders: 99 } });
    assert.equal((await guarded.served({ identity, version, session })).resumed, true);
    await guarded.reconfigure({ tls: { ticketKeys }, clients: { crl } });
    assert.equal((await guarded.served({ identity, version, session })).resumed, false);
    // A key that is replaced is read like a certificate.
    const again = await guarded.served({ identity, version });
    writeFileSync(otherKeys, randomBytes(80));
    await guarded.reconfigure({ tls: { ticketKeys: otherKeys }, clients: { crl } });
    assert.equal((await guarded.served({ identity, version, session: again.session })).resumed, false);
  });
}
