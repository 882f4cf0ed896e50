// What counts as an identity, and above all what does not.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import type { PeerFacts } from '../../../../src/gateway/accept/connection.ts';
import { createKnownCertificates } from '../../../../src/gateway/accept/known-certificates.ts';
import { verifyText } from '../../../../src/gateway/authenticate/authentication.ts';
import { authenticate, reauthenticate } from '../../../../src/gateway/authenticate/certificate.ts';
import { parseCertificate } from '../../../../src/x509/certificate.ts';
import { changeCertificate, extension } from '../../../support/der-writer.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const notBefore = new Date('2026-01-01T00:00:00Z');
const notAfter = new Date('2027-01-01T00:00:00Z');
const files = makeCertificate(directory, { ca, name: 'alice', eku: 'clientAuth', notBefore, notAfter });
const certificate = parseCertificate(new X509Certificate(readFileSync(files.certificate)));
const during = Date.parse('2026-06-01T00:00:00Z');

const verified: PeerFacts = { certificate, authorized: true, verifyError: undefined };

test('a certificate that was presented, verified and is in date is an identity', () => {
  const authentication = authenticate(verified, during);
  assert.equal(authentication.kind, 'verified');
  assert.equal(verifyText(authentication), 'SUCCESS');
  assert.equal(authentication.kind === 'verified' && authentication.identity.certificate.subjectDn, 'CN=alice');
});

test('no certificate is none, whatever else is said', () => {
  // Seen on resumed TLS 1.3 sessions: authorized without a certificate.
  const peers: (PeerFacts | undefined)[] = [
    undefined,
    { certificate: undefined, authorized: true, verifyError: undefined },
    { certificate: undefined, authorized: false, verifyError: 'UNABLE_TO_GET_ISSUER_CERT' },
  ];
  for (const peer of peers) {
    const authentication = authenticate(peer, during);
    assert.deepEqual(authentication, { kind: 'absent' });
    assert.equal(verifyText(authentication), 'NONE');
  }
});

test('a certificate that failed verification is rejected with the reason', () => {
  const authentication = authenticate({ certificate, authorized: false, verifyError: 'CERT_REVOKED' }, during);
  assert.equal(authentication.kind, 'rejected');
  assert.equal(verifyText(authentication), 'FAILED:certificate revoked');
});

test('one of the two words of the TLS library is not enough', () => {
  const contradictory: PeerFacts[] = [
    { certificate, authorized: true, verifyError: 'CERT_REVOKED' },
    { certificate, authorized: false, verifyError: undefined },
  ];
  for (const peer of contradictory) assert.equal(authenticate(peer, during).kind, 'rejected');
});

test('the dates are looked at even when the TLS library says yes, as it does on resumption', () => {
  const kindAt = (time: number): string => authenticate(verified, time).kind;
  assert.equal(kindAt(notBefore.getTime() - 1), 'rejected');
  assert.equal(kindAt(notBefore.getTime()), 'verified');
  assert.equal(kindAt(notAfter.getTime()), 'verified');
  assert.equal(kindAt(notAfter.getTime() + 1000), 'rejected');
});

test('an identity ends when its certificate does', () => {
  const authentication = authenticate(verified, during);
  assert.equal(reauthenticate(authentication, during + 1).kind, 'verified');
  const later = reauthenticate(authentication, notAfter.getTime() + 1000);
  assert.equal(verifyText(later), 'FAILED:certificate has expired');
  assert.equal(verifyText(reauthenticate(authentication, 0)), 'FAILED:certificate is not yet valid');
});

test('a certificate that cannot be read is rejected, and nothing is thrown', () => {
  const malformed = [extension('2.5.29.17', Buffer.from('deadbeef', 'hex'))];
  const der = changeCertificate(certificate.der, { extensions: malformed });
  const unreadable = createKnownCertificates().read(der, true);
  for (const authorized of [true, false]) {
    const peer: PeerFacts = {
      certificate: unreadable,
      authorized,
      verifyError: authorized ? undefined : 'UNSPECIFIED',
    };
    const authentication = authenticate(peer, during);
    assert.ok(authentication.kind === 'rejected');
    assert.match(authentication.reason.advice, /cannot be read \(not valid DER/);
    assert.equal(authentication.certificate, undefined);
  }
});
