import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Certificate, parseCertificate, parseCertificates } from '../../../src/x509/certificate.ts';
import { parseDer } from '../../../src/x509/der.ts';
import {
  changeCertificate,
  der,
  elements,
  extension,
  integer,
  name,
  octets,
  oid,
  sequence,
} from '../../support/der-writer.ts';
import { makeCa, makeCertificate, runOpenssl, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca', { pathLength: 1 });
const leafFiles = makeCertificate(directory, {
  ca,
  name: 'leaf',
  subject: '/O=Company A/CN=alice',
  san: 'DNS:alice.example',
  eku: ['clientAuth', 'serverAuth'],
  serial: '00F1E2D3C4B5A697',
  notBefore: new Date('2026-01-02T03:04:05Z'),
  notAfter: new Date('2049-12-31T23:59:59Z'),
  extensions: [
    'crlDistributionPoints = URI:http://ca.example/a.crl,URI:http://ca.example/b.crl',
    'authorityInfoAccess = OCSP;URI:http://ocsp.example/,caIssuers;URI:http://ca.example/ca.crt',
  ],
});
const leafPem = readFileSync(leafFiles.certificate, 'utf8');
const authority = only(parseCertificates(readFileSync(ca.certificate), 'ca.crt'));
const leaf = only(parseCertificates(leafPem, 'leaf.crt'));
const refused = { code: 'certificate-invalid' };

function only(certificates: Certificate[]): Certificate {
  const [certificate, ...more] = certificates;
  assert.ok(certificate !== undefined && more.length === 0);
  return certificate;
}

test('fields of a leaf', () => {
  assert.equal(leaf.subjectDn, 'CN=alice,O=Company A');
  assert.equal(leaf.issuerDn, 'CN=ca,O=Test');
  assert.equal(leaf.subjectDnLegacy, '/O=Company A/CN=alice');
  assert.equal(leaf.issuerDnLegacy, '/O=Test/CN=ca');
  assert.equal(leaf.serialNumber, 'F1E2D3C4B5A697');
  assert.deepEqual(leaf.notBefore, new Date('2026-01-02T03:04:05Z'));
  assert.deepEqual(leaf.notAfter, new Date('2049-12-31T23:59:59Z'));
  assert.deepEqual(leaf.altNames.dns, ['alice.example']);
  assert.deepEqual([leaf.isCa, leaf.pathLength], [false, undefined]);
  assert.deepEqual(leaf.keyUsage, ['digitalSignature']);
  assert.deepEqual(leaf.extendedKeyUsage, ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1']);
  assert.deepEqual(leaf.crlUrls, ['http://ca.example/a.crl', 'http://ca.example/b.crl']);
  assert.deepEqual(leaf.ocspUrls, ['http://ocsp.example/']);
  assert.deepEqual([leaf.publicKeyType, leaf.publicKeyBits], ['ec', 256]);
  assert.equal(leaf.signatureAlgorithm, 'ecdsa-with-SHA256');
  assert.equal(leaf.pem(), leafPem);
});

test('fields of a CA', () => {
  assert.deepEqual([authority.isCa, authority.pathLength], [true, 1]);
  assert.deepEqual(authority.keyUsage, ['keyCertSign', 'cRLSign']);
  assert.equal(authority.extendedKeyUsage, undefined);
  assert.equal(authority.altNames.malformed, 0);
  assert.equal(leaf.authorityKeyId, authority.subjectKeyId);
  assert.match(authority.subjectKeyId ?? '', /^[0-9a-f]{40}$/);
  assert.deepEqual([authority.crlUrls, authority.ocspUrls], [[], []]);
});

test('fingerprints and serial are those of openssl and Node', () => {
  const bare = (text: string): string => text.replaceAll(':', '').toLowerCase();
  assert.equal(leaf.sha1, bare(leaf.x509.fingerprint));
  assert.equal(leaf.sha256, bare(leaf.x509.fingerprint256));
  assert.equal(leaf.serialNumber, leaf.x509.serialNumber);
  const publicKey = runOpenssl(['x509', '-in', leafFiles.certificate, '-noout', '-pubkey']);
  const path = join(directory, 'spki.der');
  runOpenssl(['pkey', '-pubin', '-outform', 'DER', '-out', path], { input: publicKey });
  assert.match(runOpenssl(['dgst', '-sha256', path]), new RegExp(`= ${leaf.spkiSha256}\\n$`));
});

test('a certificate of a TLS connection gives the same as its DER', () => {
  const parsed = parseCertificate(new X509Certificate(leafPem));
  assert.deepEqual(parsed.der, leaf.der);
  assert.equal(parsed.subjectDn, leaf.subjectDn);
  assert.equal(parsed.sha256, leaf.sha256);
  assert.equal(parsed.subjectDn, parsed.subjectDn);
});

test('keys and signatures of other kinds', () => {
  const rsa = only(
    parseCertificates(readFileSync(makeCa(directory, 'rsa', { keyType: 'rsa' }).certificate), 'rsa.crt'),
  );
  assert.deepEqual([rsa.publicKeyType, rsa.publicKeyBits], ['rsa', 2048]);
  assert.equal(rsa.signatureAlgorithm, 'sha256WithRSAEncryption');
  const ed = only(
    parseCertificates(readFileSync(makeCa(directory, 'ed', { keyType: 'ed25519' }).certificate), 'ed.crt'),
  );
  assert.deepEqual([ed.publicKeyType, ed.publicKeyBits, ed.signatureAlgorithm], ['ed25519', 256, 'ED25519']);
});

test('dates beyond 2049, a negative serial and an empty subject', () => {
  const changed = changeCertificate(leaf.der, {
    subject: name(),
    serial: Buffer.from([0x80]),
    validity: [der(0x17, '500101000000Z'), der(0x18, '99991231235959Z')],
  });
  const parsed = parseCertificate(changed);
  assert.equal(parsed.subjectDn, '');
  assert.equal(parsed.serialNumber, '-80');
  assert.deepEqual([parsed.notBefore.getUTCFullYear(), parsed.notAfter.getUTCFullYear()], [1950, 9999]);
});

test('several certificates in one file, among other blocks', () => {
  const key = readFileSync(ca.key, 'utf8');
  const bundle = `# root\n${authority.pem()}${key}\nleaf\n${leafPem.replaceAll('CERTIFICATE', 'X509 CERTIFICATE')}`;
  assert.deepEqual(
    parseCertificates(bundle, 'bundle.pem').map(({ subjectDn }) => subjectDn),
    [authority.subjectDn, leaf.subjectDn],
  );
  assert.deepEqual(parseCertificates(key, 'ca.key'), []);
  assert.deepEqual(parseCertificates('', 'empty.pem'), []);
});

test('a broken certificate in a bundle is named with its number and line', () => {
  const damaged = Buffer.from(leaf.der);
  damaged.writeUInt8(0x31, 4);
  const broken = `-----BEGIN CERTIFICATE-----\n${damaged.toString('base64')}\n-----END CERTIFICATE-----\n`;
  const line = authority.pem().split('\n').length;
  assert.throws(() => parseCertificates(authority.pem() + broken + leafPem, 'bundle.pem'), {
    ...refused,
    message: new RegExp(`^bundle\\.pem:${line}: certificate 2 is not usable: `),
  });
});

test('trusted certificates of OpenSSL: without settings they pass, with settings they are refused', () => {
  const trusted = (...settings: string[]): string =>
    runOpenssl(['x509', '-in', leafFiles.certificate, '-trustout', ...settings]);
  assert.match(trusted(), /BEGIN TRUSTED CERTIFICATE/);
  assert.deepEqual(only(parseCertificates(trusted(), 'x.pem')).der, leaf.der);
  assert.deepEqual(only(parseCertificates(trusted('-setalias', 'alice'), 'x.pem')).der, leaf.der);
  for (const settings of [
    ['-addreject', 'clientAuth'],
    ['-addtrust', 'serverAuth'],
  ]) {
    const refusal = { ...refused, message: /^x\.pem:1: .*trust settings/ };
    assert.throws(() => parseCertificates(trusted(...settings), 'x.pem'), refusal);
  }
});

test('what is no certificate, or has something behind it, is refused', () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('hello'), sequence(), Buffer.concat([leaf.der, Buffer.alloc(1)])]) {
    assert.throws(() => parseCertificate(bytes), refused);
  }
  const [tbs, algorithm, signature] = elements(parseDer(leaf.der).content) as [Buffer, Buffer, Buffer];
  assert.equal(parseCertificate(sequence(tbs, algorithm, signature)).sha256, leaf.sha256);
  assert.throws(() => parseCertificate(sequence(tbs, algorithm, signature, integer(1))), refused);
  // The text form is what parseCertificates is for.
  assert.throws(() => parseCertificate(Buffer.from(leafPem)), refused);
});

test('an extension that occurs twice is refused: two names are no identity', () => {
  const names = (text: string): Buffer => extension('2.5.29.17', sequence(der(0x82, text)));
  assert.deepEqual(parseCertificate(changeCertificate(leaf.der, { extensions: [names('a')] })).altNames.dns, ['a']);
  const twice = changeCertificate(leaf.der, { extensions: [names('a'), names('b')] });
  assert.throws(() => parseCertificate(twice), { ...refused, message: /occurs twice/ });
});

test('malformed extensions are refused', () => {
  const malformed: [string, Buffer][] = [
    ['2.5.29.17', der(0x82, 'a')],
    ['2.5.29.19', sequence(integer(1), integer(2))],
    ['2.5.29.15', sequence()],
    ['2.5.29.37', sequence(integer(1))],
    ['2.5.29.14', sequence()],
    ['2.5.29.35', octets()],
    ['2.5.29.31', sequence(octets())],
    ['1.3.6.1.5.5.7.1.1', sequence(oid('1.2.3'))],
  ];
  for (const [type, content] of malformed) {
    const changed = changeCertificate(leaf.der, { extensions: [extension(type, content)] });
    assert.throws(() => parseCertificate(changed), refused, type);
  }
  const unknown = changeCertificate(leaf.der, { extensions: [extension('1.2.3.4', Buffer.from('anything'))] });
  assert.equal(parseCertificate(unknown).isCa, false);
});
