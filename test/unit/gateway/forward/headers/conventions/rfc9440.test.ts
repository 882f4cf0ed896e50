// Client-Cert and Client-Cert-Chain, read back by a parser of structured fields that others wrote.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { parseItem, parseList } from 'structured-headers';
import { identityHeaders, identityTooLarge } from '../../../../../../src/gateway/forward/headers/identity-headers.ts';
import { absent, readCertificate, rejected, verified } from '../../../../../support/exchange.ts';
import { hostileCertificate, hostileTexts } from '../../../../../support/hostile-certificates.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const root = makeCa(directory, 'root');
const ca = makeCa(directory, 'issuing', { ca: root });
const certificate = readCertificate(makeCertificate(directory, { ca, name: 'client-a' }).certificate);
const [issuing, anchor] = [ca, root].map((files) => new X509Certificate(readFileSync(files.certificate))) as [
  X509Certificate,
  X509Certificate,
];
const stranger = new X509Certificate(
  readFileSync(makeCertificate(directory, { ca: root, name: 'admin', subject: '/CN=admin' }).certificate),
);

const config = (chain: boolean) => ({ conventions: ['rfc9440'], nginxCertificate: false, rfc9440: { chain } }) as const;

/** DER of the members of a structured field. */
function bytes(value: unknown): Buffer {
  assert.ok(value instanceof ArrayBuffer);
  return Buffer.from(value);
}

test('Client-Cert is the certificate as a byte sequence', () => {
  const headers = identityHeaders(verified(certificate), config(false));
  assert.deepEqual(
    headers.map(([name]) => name),
    ['Client-Cert'],
  );
  const value = headers[0]?.[1] ?? '';
  assert.match(value, /^:[A-Za-z0-9+/]+=*:$/);
  assert.ok(bytes(parseItem(value)[0]).equals(certificate.der));
});

test('Client-Cert-Chain is what the client sent after it, from its issuer upward, and nothing else', () => {
  const told = (...sent: X509Certificate[]): Buffer[] => {
    const headers = new Map(identityHeaders(verified(certificate, sent), config(true)));
    assert.ok(bytes(parseItem(headers.get('Client-Cert') ?? '')[0]).equals(certificate.der));
    const chain = headers.get('Client-Cert-Chain');
    return chain === undefined ? [] : parseList(chain).map(([value]) => bytes(value));
  };
  assert.deepEqual(told(issuing, anchor), [issuing.raw, anchor.raw]);
  assert.deepEqual(told(anchor, issuing), [issuing.raw, anchor.raw]);
  assert.deepEqual(told(issuing, issuing), [issuing.raw]);
  assert.deepEqual(told(stranger, issuing, stranger), [issuing.raw], 'a certificate of somebody else is no part of it');
  assert.deepEqual(told(stranger), []);
  assert.deepEqual(told(), [], 'a list without members is no header');
});

test('a chain that is not known is not told', () => {
  const names = identityHeaders(verified(certificate), config(true)).map(([name]) => name);
  assert.deepEqual(names, ['Client-Cert']);
});

test('a client without a verified certificate is not told', () => {
  for (const authentication of [absent, rejected('CERT_REVOKED', certificate)]) {
    assert.deepEqual(identityHeaders(authentication, config(true)), []);
  }
});

test('names cannot reach the header: it is base64 whatever they are', () => {
  for (const commonName of hostileTexts) {
    const hostile = hostileCertificate(certificate.x509, { commonName });
    const [[, value] = ['', '']] = identityHeaders(verified(hostile), config(false));
    assert.ok(bytes(parseItem(value)[0]).equals(hostile.der));
  }
});

test('a certificate or chain that no header should carry is refused and not cut', () => {
  const many = Array.from({ length: 500 }, (_, i) => `host-${i}.department.company-a.example`);
  const large = hostileCertificate(certificate.x509, { dns: many });
  assert.match(
    identityTooLarge(verified(large), config(false)) ?? '',
    /^the client certificate takes \d+ bytes as a header \(Client-Cert\); at most 16384 are sent$/,
  );
  assert.equal(identityTooLarge(verified(certificate, [issuing, anchor]), config(true)), undefined);
});
