// Attack: a CA that is not careful has signed a name that tries to be more than one name: with line breaks, commas, NUL,
// other alphabets, or so long that the header of a backend would overflow.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { attribute, der, name, utf8 } from '../support/der-writer.ts';
import { forgeCertificate } from '../support/forge-certificate.ts';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { hostileTexts } from '../support/hostile-certificates.ts';
import { makeCertificate, runOpenssl } from '../support/openssl.ts';

const trust = makeTrust({ after });
const { directory, ca, client } = trust;
const admin = makeCertificate(directory, { ca, name: 'admin', subject: '/O=Company A/CN=admin' });

const [commonName, organization, organizationalUnit, userId] = [
  '2.5.4.3',
  '2.5.4.10',
  '2.5.4.11',
  '0.9.2342.19200300.100.1.1',
] as const;
const cn = (text: string): Buffer => attribute(commonName, utf8(text));
const bmp = (text: string): Buffer => der(0x1e, Buffer.from(text, 'utf16le').swap16());

/** None of them is the common name `admin`, whatever the text of the whole name may look like. */
const subjects: readonly (readonly [what: string, subject: Buffer])[] = [
  ...hostileTexts.map((text) => [JSON.stringify(text), name([cn(text)])] as const),
  ['a name that looks like two', name([attribute(organization, utf8('x,CN=admin'))], [cn('a')])],
  ['a name behind which a header stands', name([cn('admin\r\nX-SSL-Client-S-DN: CN=admin')])],
  ['a name in 16 bit letters', name([attribute(commonName, bmp('admin\n,CN=ädmin'))])],
  ['a name whose 16 bit letters are ASCII in bytes', name([attribute(commonName, bmp('慤浩渀'))])],
  ['several attributes in one place', name([cn('alice'), attribute(userId, utf8('admin+CN=admin'))])],
  [
    'many units',
    name(...Array.from({ length: 50 }, (_, n) => [attribute(organizationalUnit, utf8(`u${n}`))]), [cn('x')]),
  ],
  ['the name in another attribute', name([attribute(organizationalUnit, utf8('admin'))])],
  ['no name at all', name()],
];

test('a name is one line of ASCII as openssl prints it, and belongs to nobody else', async (t) => {
  const route = { allow: [{ commonName: 'admin' }, { dn: 'CN=admin' }, { dn: 'CN=admin,*' }] };
  const guarded = await startGuardedGateway(t, trust, { route });
  const open = await startGuardedGateway(t, trust);
  for (const [index, [what, subject]] of subjects.entries()) {
    const identity = forgeCertificate(directory, `hostile-${index}`, client, ca.key, { subject });
    const printed = runOpenssl(['x509', '-in', identity.certificate, '-noout', '-subject', '-nameopt', 'RFC2253']);
    const expected = printed.replace(/^subject=/, '').replace(/\n$/, '');

    const { line } = await guarded.refused({ identity }, { code: 'not-allowed', status: 403 });
    const logged = (line.certificate as { subject: string }).subject;
    assert.equal(logged, expected, what);
    assert.match(logged, /^[ -~]*$/, what);
    assert.match(String(line.reason), /^[ -~]*$/, what);

    await open.served({ identity });
    const head = open.backend.heads.at(-1) ?? '';
    const names = head.split('\r\n').filter((field) => /^x[-_]ssl[-_]client[-_]s[-_]dn *:/i.test(field));
    // An empty header says less than none.
    assert.deepEqual(names, expected === '' ? [] : [`X-SSL-Client-S-DN: ${expected}`], what);
    assert.match(head, /^[ -~\r\n]*$/, what);
    assert.doesNotMatch(head.replaceAll('\r\n', ''), /[\r\n]/, what);
  }
  await guarded.served({ identity: admin });
});

test('a name that no header can carry is refused, and not cut', async (t) => {
  const { served, refused } = await startGuardedGateway(t, trust);
  const units = Array.from({ length: 300 }, (_, n) => [attribute(organizationalUnit, utf8(`${n}`.padEnd(64, 'x')))]);
  const subject = name(...units, [cn('admin')]);
  const identity = forgeCertificate(directory, 'endless', client, ca.key, { subject });
  const { line } = await refused({ identity }, { code: 'client-certificate-invalid', status: 400 });
  assert.match(String(line.reason), /subject .* bytes/);
  await served({ identity: client });
});
