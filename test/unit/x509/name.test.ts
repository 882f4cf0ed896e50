import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { parseCertificates } from '../../../src/x509/certificate.ts';
import { attributeValues, canonicalName, parseName, printLegacy, printRfc2253 } from '../../../src/x509/name.ts';
import { attribute, der, name, utf8 } from '../../support/der-writer.ts';
import { makeCertificate, temporaryDirectory } from '../../support/openssl.ts';

const commonName = '2.5.4.3';
const organization = '2.5.4.10';
const unit = '2.5.4.11';
const rfc2253 = (...rdns: Buffer[][]): string => printRfc2253(parseName(name(...rdns)));
const refused = { code: 'certificate-invalid' };

test('the name that nginx 1.22 printed for a hostile certificate', () => {
  const directory = temporaryDirectory({ after });
  const subject = [
    ...['C=DE', 'ST=Bavaria', 'L=München', 'O=Acme, Inc. "Q" <x>;y', 'OU=R&D\\+Ops', 'OU=Second OU', 'DC=example'],
    ...['UID=u1+serialNumber=77', 'CN=#alice = 1\\\\back ', 'emailAddress=alice@example.com'],
  ];
  const files = makeCertificate(directory, { name: 'golden', subject: `/${subject.join('/')}` });
  const [certificate] = parseCertificates(readFileSync(files.certificate), 'golden.crt');
  assert.equal(
    certificate?.subjectDn,
    String.raw`emailAddress=alice@example.com,CN=\#alice = 1\\back\ ,UID=u1+serialNumber=77,DC=example,OU=Second OU,OU=R&D\+Ops,O=Acme\, Inc. \"Q\" \<x\>\;y,L=M\C3\BCnchen,ST=Bavaria,C=DE`,
  );
  assert.equal(
    certificate?.subjectDnLegacy,
    String.raw`/C=DE/ST=Bavaria/L=M\xC3\xBCnchen/O=Acme, Inc. "Q" <x>;y/OU=R&D\+Ops/OU=Second OU/DC=example/serialNumber=77+UID=u1/CN=#alice = 1\back /emailAddress=alice@example.com`,
  );
});

test('an empty name prints nothing', () => {
  assert.equal(rfc2253(), '');
  assert.equal(printLegacy(parseName(name())), '');
});

test('a value cannot forge a second attribute, nor a second line', () => {
  const forged = name([attribute(commonName, utf8('alice,O=Admins\nCN=admin\r\nX-Admin: 1\0'))]);
  const text = printRfc2253(parseName(forged));
  assert.equal(text, String.raw`CN=alice\,O=Admins\0ACN=admin\0D\0AX-Admin: 1\00`);
  assert.match(printLegacy(parseName(forged)), /^[ -~]*$/);
});

test('an unknown type prints dotted with the DER of its value', () => {
  assert.equal(rfc2253([attribute('1.2.3.4.5', utf8('custom'))]), '1.2.3.4.5=#0C06637573746F6D');
});

test('text is read from every string type', () => {
  const strings = [
    utf8('Zoë'),
    der(0x14, Buffer.from('Zoë', 'latin1')),
    der(0x1e, Buffer.from('Zoë', 'utf16le').swap16()),
    der(0x1c, Buffer.from('0000005a0000006f000000eb', 'hex')),
  ];
  for (const value of strings) {
    const parsed = parseName(name([attribute(commonName, value)]));
    assert.deepEqual(attributeValues(parsed, 'commonName'), ['Zoë']);
    assert.equal(printRfc2253(parsed), String.raw`CN=Zo\C3\AB`);
  }
});

test('values come in the order of the certificate, also from multi-valued RDNs', () => {
  const parsed = parseName(
    name(
      [attribute(organization, utf8('Company A'))],
      [attribute(unit, utf8('first'))],
      [attribute(commonName, utf8('alice')), attribute(unit, utf8('second'))],
    ),
  );
  assert.deepEqual(attributeValues(parsed, 'organizationalUnit'), ['first', 'second']);
  assert.deepEqual(attributeValues(parsed, 'organization'), ['Company A']);
  assert.deepEqual(attributeValues(parsed, 'country'), []);
});

test('values with control characters and values that are no text are not offered to rules', () => {
  for (const text of ['Company A\0', 'Company\nA', '\u007f', '\u0085']) {
    const parsed = parseName(name([attribute(organization, utf8(text))]));
    assert.deepEqual(attributeValues(parsed, 'organization'), []);
  }
  const bits = parseName(name([attribute(organization, der(3, Buffer.from('0041', 'hex')))]));
  assert.deepEqual(attributeValues(bits, 'organization'), []);
  assert.equal(bits[0]?.[0]?.value, undefined);
  assert.equal(printRfc2253(bits), 'O=#03020041');
});

test('malformed text is refused, as OpenSSL refuses it', () => {
  const malformed = [
    der(0x0c, Buffer.from('41ff', 'hex')),
    der(0x0c, Buffer.from('c080', 'hex')),
    der(0x1e, Buffer.from('0041d83dde00', 'hex')),
    der(0x1e, Buffer.from('004100', 'hex')),
    der(0x1c, Buffer.from('0000d800', 'hex')),
    der(0x1c, Buffer.from('00110000', 'hex')),
    der(0x1c, Buffer.from('0041', 'hex')),
  ];
  for (const value of malformed) assert.throws(() => parseName(name([attribute(commonName, value)])), refused);
});

test('a name with something behind it, or with the wrong structure, is refused', () => {
  const good = name([attribute(commonName, utf8('alice'))]);
  assert.equal(parseName(good).length, 1);
  assert.throws(() => parseName(Buffer.concat([good, Buffer.from([0])])), refused);
  assert.throws(() => parseName(utf8('alice')), refused);
  assert.throws(() => parseName(name([utf8('alice')])), refused);
});

test('canonical names: case, spacing and string type do not count, everything else does', () => {
  const key = (...rdns: Buffer[][]): string => canonicalName(parseName(name(...rdns)));
  const acme = key([attribute(organization, utf8('Acme  Inc'))]);
  assert.equal(key([attribute(organization, der(0x13, ' ACME Inc '))]), acme);
  assert.equal(key([attribute(organization, der(0x1e, Buffer.from('acme inc', 'utf16le').swap16()))]), acme);
  const others = [
    key([attribute(organization, utf8('AcmeInc'))]),
    key([attribute(unit, utf8('Acme Inc'))]),
    key([attribute(organization, utf8('Acme'))], [attribute(organization, utf8('Inc'))]),
    key([attribute(organization, utf8('Acme')), attribute(organization, utf8('Inc'))]),
    key([attribute(organization, der(3, Buffer.from('0041', 'hex')))]),
  ];
  assert.equal(new Set([acme, ...others]).size, others.length + 1);
});
