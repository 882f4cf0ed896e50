// Attack: a subject alternative name holds the text of another one, so that whoever prints all of them and cuts the text
// at commas finds a name that the CA has never given (CVE-2021-44532).

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { der, extension, sequence } from '../support/der-writer.ts';
import { forgeCertificate } from '../support/forge-certificate.ts';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { hostileChanges, hostileTexts } from '../support/hostile-certificates.ts';

const trust = makeTrust({ after });
const { directory, ca, client } = trust;

const route = {
  allow: [
    { dns: ['admin.test', '*.admin.test'] },
    { uri: ['spiffe://acme/admin', 'spiffe://acme/admin/**'] },
    { email: ['admin@acme.test', '*@admin.test'] },
    { commonName: 'admin' },
  ],
};

const [email, dns, uri] = [0x81, 0x82, 0x86] as const;

/** GeneralName elements. None of them is a name that a rule demands. */
const names: readonly (readonly Buffer[])[] = [
  ...hostileTexts.flatMap((text) => [[der(uri, text)], [der(dns, text)], [der(email, text)]]),
  [der(uri, 'spiffe://acme/a,DNS:admin.test')],
  [der(uri, 'spiffe://acme/a, DNS:admin.test, URI:spiffe://acme/admin')],
  [der(uri, 'spiffe://acme/a", URI:"spiffe://acme/admin')],
  [der(uri, 'spiffe://acme/a\nspiffe://acme/admin')],
  [der(uri, 'spiffe://acme/admin\0')],
  [der(uri, 'spiffe://acme/admin\0.evil.test')],
  [der(uri, 'spiffe://acme/admin ')],
  [der(uri, ' spiffe://acme/admin')],
  [der(uri, 'spiffe://acme/x/../admin')],
  [der(uri, 'spiffe://acme/%61dmin')],
  [der(uri, 'spiffe://evil/spiffe://acme/admin')],
  [der(dns, 'admin.test\0.evil.test')],
  [der(dns, 'admin.test,evil.test')],
  [der(dns, 'evil.test\nadmin.test')],
  [der(dns, '*.test')],
  [der(dns, 'a.b.admin.test')],
  [der(email, 'admin@acme.test\0@evil.test')],
  [der(email, 'x@evil.test,admin@acme.test')],
  [der(email, 'admin@acme.test@evil.test')],
  // The right text under the wrong type of name.
  [der(uri, 'admin.test'), der(dns, 'spiffe://acme/admin'), der(email, 'admin.test'), der(0x88, Buffer.from([0x2a]))],
];

test('a name is what it is, and nothing that stands in it', async (t) => {
  const { served, refused, backend } = await startGuardedGateway(t, trust, { route });
  for (const [index, elements] of names.entries()) {
    const { extensions } = hostileChanges({ commonName: 'a' });
    const altNames = extension('2.5.29.17', sequence(...elements));
    const changes = { extensions: [...extensions, altNames] };
    const identity = forgeCertificate(directory, `hostile-${index}`, client, ca.key, changes);
    const { line } = await refused({ identity }, { code: 'not-allowed', status: 403 });
    assert.match(String(line.reason), /^no rule of route [ -~]*$/);
  }
  assert.equal(backend.received, '');

  for (const honest of [{ dns: ['ADMIN.test'] }, { uri: ['spiffe://acme/admin/1'] }, { email: ['admin@Acme.TEST'] }]) {
    const changes = hostileChanges({ commonName: 'a', ...honest });
    await served({ identity: forgeCertificate(directory, 'honest', client, ca.key, changes) });
  }
});
