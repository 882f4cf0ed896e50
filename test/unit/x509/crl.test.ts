import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Certificate, parseCertificates } from '../../../src/x509/certificate.ts';
import { type Crl, parseCrl, splitCrls, verifyCrlSignature } from '../../../src/x509/crl.ts';
import { parseDer } from '../../../src/x509/der.ts';
import { elements, sequence } from '../../support/der-writer.ts';
import {
  type CaFiles,
  type CrlOptions,
  makeCa,
  makeCertificate,
  makeCrl,
  runOpenssl,
  temporaryDirectory,
} from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const other = makeCa(directory, 'other');
const alice = makeCertificate(directory, { ca, name: 'alice', serial: '00F1E2D3C4B5A697' });
const bob = makeCertificate(directory, { ca, name: 'bob', serial: '05' });
const refused = { code: 'crl-invalid' };

function certificateOf(files: { certificate: string }): Certificate {
  const [certificate] = parseCertificates(readFileSync(files.certificate), files.certificate);
  assert.ok(certificate);
  return certificate;
}

function listOf(authority: CaFiles, options: CrlOptions = {}): Crl {
  const [der, ...more] = splitCrls(readFileSync(makeCrl(authority, options)), 'ca.crl');
  assert.ok(der !== undefined && more.length === 0);
  return parseCrl(der);
}

test('an empty list', () => {
  const list = listOf(other, {
    thisUpdate: new Date('2026-01-02T03:04:05Z'),
    nextUpdate: new Date('2050-02-03T04:05:06Z'),
  });
  assert.equal(list.issuerDn, 'CN=other,O=Test');
  assert.deepEqual(list.issuer, certificateOf(other).subject);
  assert.deepEqual(list.thisUpdate, new Date('2026-01-02T03:04:05Z'));
  assert.deepEqual(list.nextUpdate, new Date('2050-02-03T04:05:06Z'));
  assert.equal(list.crlNumber, '1000');
  assert.equal(list.authorityKeyId, certificateOf(other).subjectKeyId);
  assert.equal(list.revokedCount, 0);
  assert.equal(list.revokedSerials().size, 0);
});

test('revoked serials have the form of certificate serials', () => {
  const list = listOf(ca, { revoked: [alice.certificate] });
  assert.equal(list.revokedCount, 1);
  assert.ok(list.revokedSerials().has(certificateOf(alice).serialNumber));
  assert.ok(!list.revokedSerials().has(certificateOf(bob).serialNumber));
  const both = listOf(ca, { revoked: [bob.certificate] });
  assert.deepEqual([...both.revokedSerials().values()].toSorted(), ['05', 'F1E2D3C4B5A697']);
  assert.equal(both.revokedSerials(), both.revokedSerials());
});

test('every list of a file is found, in PEM and in DER', () => {
  const first = readFileSync(makeCrl(ca, { name: 'first' }));
  const second = readFileSync(makeCrl(other, { name: 'second' }));
  const both = splitCrls(Buffer.concat([Buffer.from('# lists\n'), first, second]), 'both.crl');
  assert.deepEqual(
    both.map((der) => parseCrl(der).issuerDn),
    ['CN=ca,O=Test', 'CN=other,O=Test'],
  );
  const [der] = both;
  assert.ok(der);
  assert.deepEqual(splitCrls(der, 'one.der'), [der]);
});

test('a file without a list, or with a broken one, is refused', () => {
  assert.throws(() => splitCrls(Buffer.from(''), 'empty.crl'), { ...refused, message: /^empty\.crl: / });
  assert.throws(() => splitCrls(readFileSync(ca.certificate), 'ca.crt'), refused);
  const cut = readFileSync(makeCrl(ca)).subarray(0, -40);
  assert.throws(() => splitCrls(cut, 'cut.crl'), { code: 'pem-invalid' });
  for (const der of [sequence(), Buffer.from('hello'), Buffer.concat([listOf(ca).der, Buffer.alloc(1)])]) {
    assert.throws(() => parseCrl(der), refused);
  }
  assert.throws(() => parseCrl(certificateOf(ca).der), refused);
});

test('delta and indirect lists are refused, partitioned ones are not', () => {
  const delta = { extensions: ['2.5.29.27 = critical,DER:02:01:01'] };
  assert.throws(() => listOf(ca, delta), { ...refused, message: /delta/ });
  const point = (...lines: string[]): CrlOptions => ({
    extensions: [
      'issuingDistributionPoint = critical,@point',
      '[point]',
      'fullname = URI:http://ca.example/a.crl',
      ...lines,
    ],
  });
  assert.throws(() => listOf(ca, point('indirectCRL = TRUE')), { ...refused, message: /indirect/ });
  assert.equal(listOf(ca, point('onlyuser = TRUE')).issuerDn, 'CN=ca,O=Test');
});

test('a list verifies with the key of its issuer and with no other', () => {
  const list = listOf(ca);
  assert.equal(verifyCrlSignature(list, certificateOf(ca)), true);
  assert.equal(verifyCrlSignature(list, certificateOf(other)), false);
  assert.equal(verifyCrlSignature(list, certificateOf(bob)), false);
  const namesake = makeCa(temporaryDirectory({ after }));
  assert.equal(certificateOf(namesake).subjectDn, certificateOf(ca).subjectDn);
  assert.equal(verifyCrlSignature(list, certificateOf(namesake)), false);
});

test('a list is not that of another CA with the same key', () => {
  const certificate = join(directory, 'renamed.crt');
  runOpenssl(['req', '-x509', '-key', ca.key, '-subj', '/CN=renamed', '-out', certificate]);
  assert.equal(verifyCrlSignature(listOf(ca), certificateOf({ certificate })), false);
});

test('a list that was changed does not verify', () => {
  const genuine = listOf(ca, { name: 'genuine' });
  const serial = genuine.der.indexOf(Buffer.from('F1E2D3C4B5A697', 'hex'));
  assert.ok(serial > 0);
  const forged = Buffer.from(genuine.der);
  forged.writeUInt8(0xf2, serial);
  assert.ok(parseCrl(forged).revokedSerials().has('F2E2D3C4B5A697'));
  assert.equal(verifyCrlSignature(genuine, certificateOf(ca)), true);
  assert.equal(verifyCrlSignature(parseCrl(forged), certificateOf(ca)), false);
});

test('two signature algorithms in one list are refused', () => {
  const [tbs, algorithm, signature] = elements(parseDer(listOf(ca).der).content) as [Buffer, Buffer, Buffer];
  assert.equal(parseCrl(sequence(tbs, algorithm, signature)).issuerDn, 'CN=ca,O=Test');
  const changed = Buffer.from(algorithm);
  changed.writeUInt8(3, changed.length - 1);
  assert.throws(() => parseCrl(sequence(tbs, changed, signature)), { ...refused, message: /two signature algorithms/ });
});

test('signatures of RSA, RSA-PSS and Ed25519 keys', () => {
  const rsa = makeCa(directory, 'rsa', { keyType: 'rsa' });
  const pss = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:20'];
  const ed25519 = makeCa(directory, 'ed25519', { keyType: 'ed25519' });
  const cases: [CaFiles, CrlOptions, string][] = [
    [rsa, {}, '1.2.840.113549.1.1.11'],
    [rsa, { args: pss }, '1.2.840.113549.1.1.10'],
    [rsa, { args: ['-md', 'sha512'] }, '1.2.840.113549.1.1.13'],
    [ed25519, {}, '1.3.101.112'],
  ];
  for (const [authority, options, algorithm] of cases) {
    const list = listOf(authority, options);
    assert.equal(list.signatureAlgorithmOid, algorithm);
    assert.equal(verifyCrlSignature(list, certificateOf(authority)), true, algorithm);
    const damaged = { ...list, tbs: Buffer.concat([list.tbs, Buffer.alloc(1)]) };
    assert.equal(verifyCrlSignature(damaged, certificateOf(authority)), false, algorithm);
  }
});

test('a list signed with MD5 does not verify', () => {
  const rsa = makeCa(directory, 'md5', { keyType: 'rsa' });
  assert.equal(verifyCrlSignature(listOf(rsa, { args: ['-md', 'md5'] }), certificateOf(rsa)), false);
  assert.equal(verifyCrlSignature(listOf(rsa), certificateOf(rsa)), true);
});
