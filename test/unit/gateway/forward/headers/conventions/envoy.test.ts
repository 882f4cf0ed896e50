// X-Forwarded-Client-Cert: Envoy's format, and no name that could forge a pair or an element for any reader.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { EnvoyDetail, IdentityHeadersConfig } from '../../../../../../src/config/schema.ts';
import { identityHeaders } from '../../../../../../src/gateway/forward/headers/identity-headers.ts';
import type { Certificate } from '../../../../../../src/x509/certificate.ts';
import { absent, readCertificate, rejected, verified } from '../../../../../support/exchange.ts';
import { hostileCertificate, hostileTexts } from '../../../../../support/hostile-certificates.ts';
import { makeCa, makeCertificate, runOpenssl, temporaryDirectory } from '../../../../../support/openssl.ts';
import { readXfccByAll, type XfccElement } from '../../../../../support/xfcc-reader.ts';

const directory = temporaryDirectory({ after });
const root = makeCa(directory, 'root', { subject: '/O=Company A/CN=Root CA' });
const ca = makeCa(directory, 'issuing', { ca: root, subject: '/O=Company A/CN=Issuing CA' });
const files = makeCertificate(directory, {
  ca,
  name: 'client-a',
  subject: '/C=DE/O=Company A, Inc./CN=client-a',
  san: 'URI:spiffe://a.example/client-a,URI:urn:x,DNS:a.example,DNS:b.example',
});
const certificate = readCertificate(files.certificate);
const issuing = new X509Certificate(readFileSync(ca.certificate));
const gateway = { uris: ['spiffe://b.example/gateway'] };

const all: readonly EnvoyDetail[] = ['chain', 'issuer', 'dns', 'uri', 'subject', 'cert'];

function config(
  details: readonly EnvoyDetail[],
  mode: 'SANITIZE' | 'SANITIZE_SET' = 'SANITIZE_SET',
): IdentityHeadersConfig {
  return { conventions: ['envoy'], nginxCertificate: false, envoy: { mode, details } };
}

function xfcc(of: Certificate, details: readonly EnvoyDetail[], sent?: readonly X509Certificate[]): string {
  const headers = identityHeaders(verified(of, sent), config(details), gateway);
  assert.deepEqual(
    headers.map(([name]) => name),
    ['X-Forwarded-Client-Cert'],
  );
  return headers[0]?.[1] ?? '';
}

function onlyElement(text: string): XfccElement {
  const elements = readXfccByAll(text);
  assert.equal(elements.length, 1, text);
  return elements[0] as XfccElement;
}

test('the format is that of Envoy, to the letter', () => {
  const sha256 = runOpenssl(['x509', '-in', files.certificate, '-noout', '-fingerprint', '-sha256']);
  const hash = sha256.trim().split('=')[1]?.replaceAll(':', '').toLowerCase();
  assert.equal(
    xfcc(certificate, ['subject', 'uri', 'dns', 'issuer']),
    `By=spiffe://b.example/gateway;Hash=${hash};Subject="CN=client-a,O=Company A\\, Inc.,C=DE";` +
      'URI=spiffe://a.example/client-a;URI=urn:x;DNS=a.example;DNS=b.example;Issuer="CN=Issuing CA,O=Company A"',
  );
  assert.equal(xfcc(certificate, []), `By=spiffe://b.example/gateway;Hash=${hash}`);
});

test('details come in the order of Envoy, certificates first', () => {
  const keys = onlyElement(xfcc(certificate, all, [issuing])).map(([key]) => key);
  assert.deepEqual(keys, ['By', 'Hash', 'Cert', 'Chain', 'Subject', 'URI', 'URI', 'DNS', 'DNS', 'Issuer']);
});

test('certificates are read back by openssl: the own one, and the whole chain from it upward', () => {
  const element = new Map(onlyElement(xfcc(certificate, ['cert', 'chain'], [issuing])));
  const [own, chain] = ['Cert', 'Chain'].map((key) => decodeURIComponent(element.get(key) ?? '')) as [string, string];
  assert.match(
    element.get('Cert') ?? '',
    /^-----BEGIN%20CERTIFICATE-----%0A[A-Za-z0-9%]+%0A-----END%20CERTIFICATE-----%0A$/,
  );
  assert.deepEqual(subjectsOf(own), ['C = DE, O = "Company A, Inc.", CN = client-a']);
  assert.deepEqual(subjectsOf(chain), [
    'C = DE, O = "Company A, Inc.", CN = client-a',
    'O = Company A, CN = Issuing CA',
  ]);
});

function subjectsOf(pem: string): string[] {
  const file = join(directory, 'read-back.pem');
  writeFileSync(file, pem);
  const pkcs7 = runOpenssl(['crl2pkcs7', '-nocrl', '-certfile', file]);
  const printed = runOpenssl(['pkcs7', '-print_certs', '-noout'], { input: pkcs7 });
  return Array.from(printed.matchAll(/^subject=(.+)$/gm), ([, subject = '']) => subject);
}

test('of a client that sent its certificate alone the chain is that, of one not known there is none', () => {
  const alone = new Map(onlyElement(xfcc(certificate, ['chain'], [])));
  assert.equal(decodeURIComponent(alone.get('Chain') ?? ''), certificate.pem());
  const unknown = onlyElement(xfcc(certificate, ['chain'])).map(([key]) => key);
  assert.deepEqual(unknown, ['By', 'Hash']);
});

test('subject and URI are there also when they are empty', () => {
  const nameless = hostileCertificate(certificate.x509, {});
  assert.match(xfcc(nameless, ['subject', 'uri', 'dns']), /;Subject="";URI=$/);
});

test('nothing is told of the unverified, nor where the mode says so', () => {
  for (const authentication of [absent, rejected('CERT_HAS_EXPIRED', certificate)]) {
    assert.deepEqual(identityHeaders(authentication, config(all), gateway), []);
  }
  assert.deepEqual(identityHeaders(verified(certificate), config(all, 'SANITIZE'), gateway), []);
});

test('a value with a comma, semicolon or equals sign is quoted', () => {
  const uri = 'spiffe://a.example/x,y;z=1';
  const element = onlyElement(xfcc(hostileCertificate(certificate.x509, { uri: [uri] }), ['uri', 'dns']));
  assert.deepEqual(element.at(-1), ['URI', uri]);
  assert.match(
    xfcc(hostileCertificate(certificate.x509, { uri: [uri] }), ['uri']),
    /;URI="spiffe:\/\/a\.example\/x,y;z=1"$/,
  );
});

test('quotes and backslashes of a name are written as hexadecimal pairs, which mean the same', () => {
  const named = (commonName: string) => xfcc(hostileCertificate(certificate.x509, { commonName }), ['subject']);
  assert.match(named('a"b'), /Subject="CN=a\\22b"$/);
  assert.match(named('a\\'), /Subject="CN=a\\5C"$/);
  assert.match(named('a, b'), /Subject="CN=a\\, b"$/);
});

for (const hostile of hostileTexts) {
  test(`no reader is deceived by ${JSON.stringify(hostile)}`, () => {
    const names = {
      commonName: hostile,
      organization: hostile,
      uri: [hostile, 'spiffe://a.example/b'],
      dns: [hostile],
    };
    const subject = hostileCertificate(certificate.x509, names);
    const text = xfcc(subject, ['subject', 'uri', 'dns', 'issuer', 'cert']);
    assert.match(text, /^[\x20-\x7e]+$/);
    const element = onlyElement(text);
    const keys = element.map(([key]) => key).filter((key) => key !== 'URI' && key !== 'DNS');
    assert.deepEqual(keys, ['By', 'Hash', 'Cert', 'Subject', 'Issuer']);
    assert.equal(element[1]?.[1], subject.sha256);
    assert.ok(element.filter(([key]) => key === 'URI').length <= 2);
    assert.deepEqual(element.findLast(([key]) => key === 'URI')?.[1], 'spiffe://a.example/b');
  });
}

test('whatever stands in a certificate, all readers read one element with its hash', () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom('"', '\\', ',', ';', '=', '%'), fc.string({ maxLength: 1 })),
  });
  fc.assert(
    fc.property(text, text, text, (commonName, uri, dns) => {
      const subject = hostileCertificate(certificate.x509, { commonName, uri: [uri], dns: [dns] });
      const element = onlyElement(xfcc(subject, ['subject', 'uri', 'dns']));
      assert.equal(new Map(element).get('Hash'), subject.sha256);
      assert.ok(element.length <= 5);
    }),
    { seed: 7, numRuns: 400 },
  );
});
