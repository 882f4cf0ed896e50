import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, test } from 'node:test';
import { identityConventions } from '../../../../../src/config/schema.ts';
import {
  identityHeaders,
  identityTooLarge,
  maxDnBytes,
} from '../../../../../src/gateway/forward/headers/identity-headers.ts';
import { isIdentityName } from '../../../../../src/gateway/forward/headers/managed-names.ts';
import { absent, nginxIdentity, readCertificate, rejected, verified } from '../../../../support/exchange.ts';
import { hostileCertificate } from '../../../../support/hostile-certificates.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca', { subject: '/O=Company A/CN=Root CA' });
const files = makeCertificate(directory, {
  ca,
  name: 'client-a',
  subject: '/C=DE/O=Company A, Inc./OU=Zürich/CN=client-a',
  serial: '0A0B',
});
const certificate = readCertificate(files.certificate);
const envoy = { mode: 'SANITIZE_SET', details: ['subject'] } as const;
const withCertificate = { ...nginxIdentity, nginxCertificate: true };

test('nginx: a verified client is told with verdict, names, serial and SHA-1', () => {
  const sha1 = execFileSync('openssl', ['x509', '-in', files.certificate, '-noout', '-fingerprint', '-sha1'], {
    encoding: 'utf8',
  });
  assert.deepEqual(identityHeaders(verified(certificate), nginxIdentity), [
    ['X-SSL-Client-Verify', 'SUCCESS'],
    ['X-SSL-Client-S-DN', 'CN=client-a,OU=Z\\C3\\BCrich,O=Company A\\, Inc.,C=DE'],
    ['X-SSL-Client-I-DN', 'CN=Root CA,O=Company A'],
    ['X-SSL-Client-Serial', '0A0B'],
    ['X-SSL-Client-Fingerprint', sha1.trim().split('=')[1]?.replaceAll(':', '').toLowerCase()],
  ]);
});

test('nginx: the certificate is sent when asked for, as PEM percent-encoded', () => {
  const [name, value] = identityHeaders(verified(certificate), withCertificate).at(-1) ?? [];
  assert.equal(name, 'X-SSL-Client-Cert');
  assert.match(value ?? '', /^-----BEGIN%20CERTIFICATE-----%0A[A-Za-z0-9%]+-----END%20CERTIFICATE-----%0A$/);
  assert.equal(decodeURIComponent(value ?? ''), certificate.pem());
});

test('nginx: without a certificate the verdict alone is sent, and it says NONE', () => {
  assert.deepEqual(identityHeaders(absent, withCertificate), [['X-SSL-Client-Verify', 'NONE']]);
});

test('nginx: of a rejected certificate the verdict alone is sent, never its name', () => {
  assert.deepEqual(identityHeaders(rejected('CERT_HAS_EXPIRED', certificate), withCertificate), [
    ['X-SSL-Client-Verify', 'FAILED:certificate has expired'],
  ]);
});

test('without a convention nothing is sent', () => {
  assert.deepEqual(identityHeaders(verified(certificate), { conventions: [], nginxCertificate: true }), []);
});

test('an empty subject is no header at all', () => {
  const nameless = makeCertificate(directory, { ca, name: 'nameless', subject: '/', san: 'URI:spiffe://a.example/b' });
  const names = identityHeaders(verified(readCertificate(nameless.certificate)), nginxIdentity).map(([name]) => name);
  assert.ok(names.includes('X-SSL-Client-I-DN'));
  assert.ok(!names.includes('X-SSL-Client-S-DN'));
});

test('a name or certificate that no header should carry is refused and not cut', () => {
  const units = (count: number) =>
    Array.from({ length: count }, (_, i) => `/OU=unit ${String(i).padStart(4, '0')}`).join('');
  const long = makeCertificate(directory, { ca, name: 'long', subject: `/CN=long${units(400)}` });
  const fits = makeCertificate(directory, { ca, name: 'fits', subject: `/CN=fits${units(300)}`.slice(0, 3900) });
  const large = readCertificate(long.certificate);
  assert.ok(large.subjectDn.length > maxDnBytes);
  assert.match(
    identityTooLarge(verified(large), nginxIdentity) ?? '',
    /^the subject of the client certificate takes \d+ bytes/,
  );
  assert.equal(identityTooLarge(verified(readCertificate(fits.certificate)), withCertificate), undefined);
  assert.equal(identityTooLarge(verified(large), { conventions: [], nginxCertificate: true }), undefined);

  const names = Array.from({ length: 500 }, (_, i) => `DNS:host-${i}.department.company-a.example`).join(',');
  const many = readCertificate(makeCertificate(directory, { ca, name: 'many', san: names }).certificate);
  assert.match(
    identityTooLarge(verified(many), withCertificate) ?? '',
    /^the client certificate takes \d+ bytes as a header/,
  );
  assert.equal(identityTooLarge(verified(many), nginxIdentity), undefined);
});

test('a name of 20 KB is refused whatever the convention', () => {
  const units = Array.from({ length: 20 }, (_, i) => `${i}`.padEnd(1000, 'x')).join(' ');
  const large = hostileCertificate(certificate.x509, { commonName: units });
  for (const convention of identityConventions) {
    const config = { conventions: [convention], nginxCertificate: false };
    assert.match(
      identityTooLarge(verified(large), config) ?? '',
      /^the subject of the client certificate takes 20\d+ bytes/,
    );
    assert.equal(identityTooLarge(verified(certificate), config), undefined);
  }
});

test('several conventions at once are told in their order', () => {
  const config = { conventions: ['rfc9440', 'nginx', 'aws-alb'], nginxCertificate: false } as const;
  const names = identityHeaders(verified(certificate), config).map(([name]) => name);
  assert.deepEqual(names.slice(0, 2), ['Client-Cert', 'X-SSL-Client-Verify']);
  assert.equal(names.at(-1), 'X-Amzn-Mtls-Clientcert-Leaf');
  assert.deepEqual(identityHeaders(absent, config), [['X-SSL-Client-Verify', 'NONE']]);
});

test('every header of every convention is one that no client may send', () => {
  const issuer = readCertificate(ca.certificate).x509;
  const all = [
    { conventions: identityConventions, nginxCertificate: true, rfc9440: { chain: true }, envoy },
    { conventions: ['aws-alb'], nginxCertificate: false, awsAlb: { mode: 'passthrough' } },
  ] as const;
  const names = all.flatMap((config) => identityHeaders(verified(certificate, [issuer]), config)).map(([name]) => name);
  assert.ok(names.length >= 17, String(names));
  for (const name of names) assert.ok(isIdentityName(name), name);
});
