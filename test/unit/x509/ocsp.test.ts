// Statuses as the openssl program answers them, and answers that it would not give, forged with good signatures.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Certificate, parseCertificates } from '../../../src/x509/certificate.ts';
import { clockToleranceMs, type OcspExpectation, type OcspStatus, verifyOcspResponse } from '../../../src/x509/ocsp.ts';
import type { CertIdHash } from '../../../src/x509/ocsp-cert-id.ts';
import { buildOcspRequest } from '../../../src/x509/ocsp-request.ts';
import { parseOcspResponse } from '../../../src/x509/ocsp-response.ts';
import { extension, octets } from '../../support/der-writer.ts';
import {
  byKey,
  byName,
  criticalExtension,
  type ForgedAnswer,
  type ForgedResponse,
  failedResponse,
  forgeOcspResponse,
  revokedStatus,
  unknownStatus,
} from '../../support/forge-ocsp-response.ts';
import { answerOcsp, type ResponderOptions, revoke } from '../../support/ocsp.ts';
import {
  type CaFiles,
  type CertificateFiles,
  type CertificateOptions,
  makeCa,
  makeCertificate,
  runOpenssl,
  temporaryDirectory,
} from '../../support/openssl.ts';

const minute = 60_000;
const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const other = makeCa(directory, 'other');
const alice = leaf('alice');
const bob = leaf('bob');
const carol = leaf('carol');
const stranger = makeCertificate(directory, { ca: other, name: 'stranger' });
const delegate = responderOf(ca, 'delegate');
revoke(ca, bob);
revoke(ca, carol, 'keyCompromise');
const issuer = certificateOf(ca);
const nonce = Buffer.alloc(32, 7);

function leaf(name: string, options: Partial<CertificateOptions> = {}): CertificateFiles {
  return makeCertificate(directory, { ca, name, ...options });
}

function responderOf(authority: CaFiles, name: string, options: Partial<CertificateOptions> = {}): CertificateFiles {
  const extensions = ['extendedKeyUsage = OCSPSigning', ...(options.extensions ?? [])];
  return makeCertificate(directory, { ca: authority, name, ...options, extensions });
}

function certificateOf(files: CertificateFiles): Certificate {
  const [certificate] = parseCertificates(readFileSync(files.certificate), files.certificate);
  assert.ok(certificate);
  return certificate;
}

/** Asks openssl and verifies what it says. */
function ask(
  files: CertificateFiles,
  responder: ResponderOptions = {},
  expected: Partial<OcspExpectation> & { hash?: CertIdHash } = {},
): OcspStatus {
  const certificate = certificateOf(files);
  const request = buildOcspRequest({ certificate, issuer, nonce, hash: expected.hash });
  return verify(answerOcsp(ca, request, responder), { certificate, nonce, ...expected });
}

function verify(response: Buffer, expected: Partial<OcspExpectation> = {}): OcspStatus {
  const certificate = certificateOf(alice);
  return verifyOcspResponse(parseOcspResponse(response), { certificate, issuer, nowMs: Date.now(), ...expected });
}

/** A response about alice, signed by the CA, with some things otherwise. */
function forge(answer: Partial<ForgedAnswer> = {}, response: Partial<ForgedResponse> = {}): Buffer {
  const certificate = certificateOf(alice);
  const answers = [{ certificate, issuer, ...answer }];
  return forgeOcspResponse({ answers, key: ca.key, responderId: byName(issuer), ...response });
}

const refused = (message: RegExp): object => ({ code: 'ocsp-invalid', message });

test('good, revoked with and without a reason, unknown', () => {
  const good = ask(alice);
  assert.equal(good.status, 'good');
  assert.equal(good.revokedAt, undefined);
  assert.ok(Math.abs(good.thisUpdate.getTime() - Date.now()) < minute);
  assert.equal((good.nextUpdate?.getTime() ?? 0) - good.thisUpdate.getTime(), 5 * minute);

  const revoked = ask(bob);
  assert.equal(revoked.status, 'revoked');
  assert.equal(revoked.reason, undefined);
  assert.ok(Math.abs((revoked.revokedAt?.getTime() ?? 0) - Date.now()) < minute);
  assert.equal(ask(carol).reason, 'keyCompromise');

  const forgotten = certificateOf(makeCertificate(directory, { ca: { ...ca, database: other.database }, name: 'new' }));
  const request = buildOcspRequest({ certificate: forgotten, issuer });
  assert.equal(verify(answerOcsp(ca, request), { certificate: forgotten }).status, 'unknown');
});

test('CertIDs of every hash function', () => {
  for (const hash of ['sha1', 'sha256', 'sha384', 'sha512'] as const) {
    assert.equal(ask(alice, {}, { hash }).status, 'good', hash);
    assert.equal(ask(bob, {}, { hash }).status, 'revoked', hash);
  }
  // Another one than was asked with.
  assert.equal(verify(forge({ hash: ['2.16.840.1.101.3.4.2.1', 'sha256'] })).status, 'good');
  assert.throws(() => verify(forge({ hash: ['2.16.840.1.101.3.4.2.1', 'sha1'] })), refused(/says nothing/));
  const unknownHash = forge({ hash: ['1.2.840.113549.2.5', 'md5'] });
  assert.throws(() => verify(unknownHash), refused(/says nothing of the certificate/));
});

test('a responder of the CA may answer, named by name or by key', () => {
  for (const args of [[], ['-resp_key_id']]) {
    assert.equal(ask(alice, { signer: delegate, args }).status, 'good');
    assert.equal(ask(bob, { signer: delegate, args }).status, 'revoked');
    assert.equal(ask(alice, { args }).status, 'good');
  }
  const withoutCertificate = { signer: delegate, args: ['-resp_no_certs'] };
  assert.throws(() => ask(alice, withoutCertificate), refused(/CN=delegate.*certificate did not come with it/));
  assert.equal(ask(alice, { args: ['-resp_no_certs'] }).status, 'good');
});

test('a responder without OCSPSigning may not answer, nor with any other purpose', () => {
  const purposes = [undefined, 'clientAuth', 'serverAuth', 'codeSigning', 'anyExtendedKeyUsage'] as const;
  for (const eku of purposes) {
    const name = `signer-${eku ?? 'none'}`;
    const signer = leaf(name, eku === undefined ? {} : { eku });
    assert.throws(() => ask(alice, { signer }), refused(new RegExp(`CN=${name}.*no OCSPSigning`)), name);
  }
});

test('a client may not answer for itself', () => {
  assert.throws(() => ask(bob, { signer: bob }), refused(/no OCSPSigning/));
});

test('a responder of another CA may not answer', () => {
  const foreign = responderOf(other, 'foreign');
  assert.throws(() => ask(alice, { signer: foreign }), refused(/nor was it issued by that CA/));
  assert.throws(() => ask(alice, { signer: other }), refused(/neither "CN=ca,O=Test"/));
  // Below the CA, by way of another CA that it issued, is not by the CA.
  const intermediate = makeCa(directory, 'intermediate', { ca });
  const nephew = responderOf(intermediate, 'nephew');
  assert.throws(() => ask(alice, { signer: nephew }), refused(/nor was it issued by that CA/));
});

test('a namesake of the CA may not answer, nor name responders', () => {
  const namesake = makeCa(temporaryDirectory({ after }));
  assert.equal(certificateOf(namesake).subjectDn, issuer.subjectDn);
  assert.throws(() => ask(alice, { signer: namesake }), refused(/signature is false.*nor was it issued by that CA/));
  assert.throws(() => ask(alice, { signer: responderOf(namesake, 'planted') }), refused(/issued by that CA/));
  // As the issuer, which a client could send along, it is found out too.
  const forged = forge(
    { issuer: certificateOf(namesake) },
    { key: namesake.key, responderId: byName(certificateOf(namesake)) },
  );
  assert.throws(() => verify(forged, { issuer: certificateOf(namesake) }), refused(/is not the issuer/));
});

test('a responder has to be in date', () => {
  const hour = 60 * minute;
  const expired = responderOf(ca, 'expired', { notAfter: new Date(Date.now() - minute) });
  assert.throws(() => ask(alice, { signer: expired }), refused(/CN=expired.*expired on/));
  const future = responderOf(ca, 'future', { notBefore: new Date(Date.now() + hour) });
  assert.throws(() => ask(alice, { signer: future }), refused(/CN=future.*not valid before/));
});

test('a responder may have restrictions that are understood, and no others', () => {
  const nocheck = responderOf(ca, 'nocheck', { extensions: ['noCheck = critical,DER:05:00'] });
  assert.equal(ask(alice, { signer: nocheck }).status, 'good');
  const odd = responderOf(ca, 'odd', { extensions: ['1.2.3.4 = critical,DER:05:00'] });
  assert.throws(() => ask(alice, { signer: odd }), refused(/CN=odd.*not understood \(1\.2\.3\.4\)/));
  const harmless = responderOf(ca, 'harmless', { extensions: ['1.2.3.4 = DER:05:00'] });
  assert.equal(ask(alice, { signer: harmless }).status, 'good');
});

test('a responder whose key may not sign may not answer', () => {
  const agreement = makeCertificate(directory, {
    ca,
    name: 'agreement',
    extensions: ['extendedKeyUsage = OCSPSigning', 'keyUsage = critical,keyAgreement'],
  });
  assert.throws(() => ask(alice, { signer: agreement }), refused(/CN=agreement.*keyUsage/));
});

test('a false signature', () => {
  assert.throws(() => ask(alice, { args: ['-badsig'] }), refused(/signature is false/));
  assert.throws(() => ask(alice, { signer: delegate, args: ['-badsig'] }), refused(/signature is false/));
  // Signed by one, said to be by the other.
  assert.equal(verify(forge()).status, 'good');
  assert.throws(() => verify(forge({}, { key: delegate.key })), refused(/signature is false/));
  const asDelegate = { responderId: byKey(certificateOf(delegate)), certificates: [certificateOf(delegate)] };
  assert.equal(verify(forge({}, { ...asDelegate, key: delegate.key })).status, 'good');
  assert.throws(() => verify(forge({}, asDelegate)), refused(/signature is false/));
});

test('a signature with SHA-1 can be forged, for the one who asks chooses the nonce', () => {
  assert.throws(() => verify(forge({}, { algorithm: ['1.2.840.10045.4.1', 'sha1'] })), refused(/SHA1/));
  assert.throws(() => ask(alice, { args: ['-rmd', 'sha1'] }), refused(/SHA1/));
  assert.equal(ask(alice, { args: ['-rmd', 'sha384'] }).status, 'good');
});

test('signatures of RSA and RSA-PSS', () => {
  const signer = responderOf(ca, 'rsa-responder', { keyType: 'rsa' });
  assert.equal(ask(alice, { signer }).status, 'good');
  const pss = ['-rsigopt', 'rsa_padding_mode:pss', '-rsigopt', 'rsa_pss_saltlen:32'];
  assert.equal(ask(bob, { signer, args: pss }).status, 'revoked');
  assert.throws(() => ask(alice, { signer, args: [...pss, '-badsig'] }), refused(/signature is false/));
});

test('an answer about another certificate is none', () => {
  const about = (files: CertificateFiles, authority: CaFiles): Buffer =>
    forge({ certificate: certificateOf(files), issuer: certificateOf(authority) });
  assert.throws(() => verify(about(bob, ca)), refused(/says nothing of the certificate/));
  assert.throws(() => verify(about(stranger, other)), refused(/says nothing of the certificate/));
  // The same serial and the same name, another key.
  const namesake = makeCa(temporaryDirectory({ after }));
  assert.throws(() => verify(about(alice, namesake)), refused(/says nothing of the certificate/));
  // The same serial and the same key under another name.
  const renamed = { ...other, key: ca.key, certificate: join(directory, 'renamed.crt') };
  runOpenssl(['req', '-x509', '-key', ca.key, '-subj', '/CN=renamed', '-out', renamed.certificate]);
  const { serialNumber } = certificateOf(alice);
  const twin = makeCertificate(directory, { ca: renamed, name: 'twin', serial: serialNumber });
  assert.equal(certificateOf(twin).serialNumber, serialNumber);
  assert.throws(() => verify(about(twin, ca)), refused(/says nothing of the certificate/));
  assert.throws(() => verify(forge({}, { answers: [] })), refused(/says nothing of the certificate/));
});

test('of several answers that about the certificate counts, and the worst of several about it', () => {
  const [a, b] = [certificateOf(alice), certificateOf(bob)];
  const revoked = revokedStatus(new Date(Date.now() - minute));
  const verifyAll = (answers: readonly ForgedAnswer[]): string => verify(forge({}, { answers })).status;
  const good = { certificate: a, issuer };
  assert.equal(verifyAll([{ certificate: b, issuer, status: revoked }, good]), 'good');
  assert.equal(
    verifyAll([
      { certificate: b, issuer },
      { ...good, status: revoked },
    ]),
    'revoked',
  );
  assert.equal(verifyAll([good, { ...good, status: unknownStatus }, { ...good, status: revoked }]), 'revoked');
  assert.equal(verifyAll([good, { ...good, status: unknownStatus }]), 'unknown');
});

test('dates, with some tolerance for clocks', () => {
  const now = new Date('2026-05-01T12:00:00Z').getTime();
  const at = (offsetMs: number): Date => new Date(now + offsetMs);
  const check = (thisUpdate: Date, nextUpdate: Date | null, producedAt: Date): string =>
    verify(forge({ thisUpdate, nextUpdate }, { producedAt }), { nowMs: now }).status;
  const [tolerated, second] = [clockToleranceMs, 1000];
  assert.equal(check(at(0), at(minute), at(0)), 'good');
  assert.equal(check(at(tolerated), at(tolerated + minute), at(tolerated)), 'good');
  const future = refused(/in the future/);
  assert.throws(() => check(at(tolerated + second), at(tolerated + minute), at(0)), future);
  assert.throws(() => check(at(0), at(minute), at(tolerated + second)), future);
  assert.equal(check(at(-60 * minute), at(-tolerated), at(-60 * minute)), 'good');
  assert.throws(() => check(at(-60 * minute), at(-tolerated - second), at(-60 * minute)), refused(/ran out on/));
  assert.throws(() => check(at(0), at(-second), at(0)), refused(/ends before it begins/));
  // An answer made beforehand, a week ago.
  assert.equal(check(at(-10_000 * minute), at(minute), at(-10_000 * minute)), 'good');
});

test('an answer that names no end counts for an hour', () => {
  const now = new Date('2026-05-01T12:00:00Z').getTime();
  const check = (ageMs: number): OcspStatus =>
    verify(forge({ thisUpdate: new Date(now - ageMs), nextUpdate: null }, { producedAt: new Date(now) }), {
      nowMs: now,
    });
  assert.equal(check(60 * minute).nextUpdate, undefined);
  assert.throws(() => check(60 * minute + 1000), refused(/too long ago/));
  assert.equal(ask(alice, { validity: [] }).nextUpdate, undefined);
});

test('an answer that ran out is refused, by the clock that is given', () => {
  const certificate = certificateOf(alice);
  const response = answerOcsp(ca, buildOcspRequest({ certificate, issuer }), { validity: ['-nmin', '1'] });
  assert.equal(verify(response).status, 'good');
  assert.throws(() => verify(response, { nowMs: Date.now() + 10 * minute }), refused(/ran out on/));
  assert.throws(() => verify(response, { nowMs: Date.now() - 10 * minute }), refused(/in the future/));
});

test('the nonce', () => {
  const certificate = certificateOf(alice);
  const asked = answerOcsp(ca, buildOcspRequest({ certificate, issuer, nonce }));
  const notAsked = answerOcsp(ca, buildOcspRequest({ certificate, issuer }));
  const requireNonce = true;
  assert.equal(verify(asked, { nonce, requireNonce }).status, 'good');
  assert.equal(verify(notAsked, { nonce }).status, 'good');
  assert.throws(() => verify(notAsked, { nonce, requireNonce }), refused(/does not repeat the nonce/));
  assert.throws(() => verify(asked, { nonce: Buffer.alloc(32, 8) }), refused(/another nonce/));
  assert.throws(() => verify(asked, { nonce: nonce.subarray(1) }), refused(/another nonce/));
  assert.equal(verify(asked).status, 'good');
});

test('critical extensions that are not understood', () => {
  const odd = octets(Buffer.from('x'));
  const nonceIsCritical = criticalExtension('1.3.6.1.5.5.7.48.1.2', octets(nonce));
  assert.equal(verify(forge({}, { extensions: [extension('1.2.3.4', odd)] })).status, 'good');
  assert.equal(verify(forge({ extensions: [extension('1.2.3.4', odd)] })).status, 'good');
  assert.equal(verify(forge({}, { extensions: [nonceIsCritical] }), { nonce }).status, 'good');
  assert.throws(() => verify(forge({}, { extensions: [criticalExtension('1.2.3.4', odd)] })), refused(/1\.2\.3\.4/));
  assert.throws(() => verify(forge({ extensions: [criticalExtension('1.2.3.4', odd)] })), refused(/1\.2\.3\.4/));
});

test('a responder that has no answer', () => {
  for (const [code, word] of [
    [1, 'malformedRequest'],
    [2, 'internalError'],
    [3, 'tryLater'],
    [5, 'sigRequired'],
    [6, 'unauthorized'],
  ] as const) {
    assert.throws(() => verify(failedResponse(code)), refused(new RegExp(`says ${word}`)));
  }
});
