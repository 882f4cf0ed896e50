// The headers of an AWS Application Load Balancer, in both of its modes.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import type { IdentityHeadersConfig } from '../../../../../../src/config/schema.ts';
import { identityHeaders } from '../../../../../../src/gateway/forward/headers/identity-headers.ts';
import { absent, readCertificate, rejected, verified } from '../../../../../support/exchange.ts';
import { hostileCertificate, hostileTexts } from '../../../../../support/hostile-certificates.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const root = makeCa(directory, 'root');
const ca = makeCa(directory, 'issuing', { ca: root, subject: '/C=US/O=mTLS/CN=rootcamtls.com' });
const certificate = readCertificate(
  makeCertificate(directory, {
    ca,
    name: 'client',
    subject: '/C=US/ST=Washington/O=mTLS/OU=client-3/CN=client_.com',
    serial: '03A5B1',
    notBefore: new Date('2023-09-21T01:50:17Z'),
    notAfter: new Date('2124-09-20T01:50:17Z'),
  }).certificate,
);
const issuing = new X509Certificate(readFileSync(ca.certificate));

const config = (mode: 'verify' | 'passthrough'): IdentityHeadersConfig => ({
  conventions: ['aws-alb'],
  nginxCertificate: false,
  awsAlb: { mode },
});

test('verify: five headers of the verified certificate', () => {
  const headers = identityHeaders(verified(certificate), config('verify'));
  assert.deepEqual(headers.slice(0, 4), [
    ['X-Amzn-Mtls-Clientcert-Serial-Number', '03A5B1'],
    ['X-Amzn-Mtls-Clientcert-Issuer', 'CN=rootcamtls.com,O=mTLS,C=US'],
    ['X-Amzn-Mtls-Clientcert-Subject', 'CN=client_.com,OU=client-3,O=mTLS,ST=Washington,C=US'],
    ['X-Amzn-Mtls-Clientcert-Validity', 'NotBefore=2023-09-21T01:50:17Z;NotAfter=2124-09-20T01:50:17Z'],
  ]);
  assert.equal(headers.length, 5);
  const [name, leaf = ''] = headers[4] ?? [];
  assert.equal(name, 'X-Amzn-Mtls-Clientcert-Leaf');
  assert.match(leaf, /^-----BEGIN%20CERTIFICATE-----%0A(?:[A-Za-z0-9+/]{1,64}=*%0A)+-----END%20CERTIFICATE-----%0A$/);
  assert.ok(new X509Certificate(decodeURIComponent(leaf)).raw.equals(certificate.der));
});

test('passthrough: the chain from the leaf upward in one header, or none where it is not known', () => {
  const [[name, value] = ['', ''], ...others] = identityHeaders(
    verified(certificate, [issuing]),
    config('passthrough'),
  );
  assert.equal(name, 'X-Amzn-Mtls-Clientcert');
  assert.deepEqual(others, []);
  const blocks = decodeURIComponent(value).match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----\n/g) ?? [];
  assert.deepEqual(
    blocks.map((block) => new X509Certificate(block).raw),
    [certificate.der, issuing.raw],
  );
  assert.deepEqual(identityHeaders(verified(certificate), config('passthrough')), []);
});

test('of anybody unverified nothing is told', () => {
  for (const mode of ['verify', 'passthrough'] as const) {
    for (const authentication of [absent, rejected('CERT_REVOKED', certificate)]) {
      assert.deepEqual(identityHeaders(authentication, config(mode)), []);
    }
  }
});

for (const hostile of hostileTexts) {
  test(`one line of printable ASCII each, one distinguished name, whatever it is: ${JSON.stringify(hostile)}`, () => {
    const subject = hostileCertificate(certificate.x509, { organization: hostile, commonName: hostile });
    const headers = new Map(identityHeaders(verified(subject), config('verify')));
    for (const value of headers.values()) assert.match(value, /^[\x20-\x7e]*$/);
    const dn = headers.get('X-Amzn-Mtls-Clientcert-Subject') ?? '';
    // What a reader of RFC 2253 takes for attributes: as many as there are.
    assert.equal(dn.replaceAll(/\\./g, '').split(/[,+]/).length, 2, dn);
  });
}
