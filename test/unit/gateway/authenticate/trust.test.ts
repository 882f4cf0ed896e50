// What a certificate is worth under today's trust: each way in, and each way in which it is closed.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { createTrust, type TrustFacts } from '../../../../src/gateway/authenticate/trust.ts';
import { type Certificate, parseCertificates } from '../../../../src/x509/certificate.ts';
import { type Crl, parseCrl, splitCrls } from '../../../../src/x509/crl.ts';
import {
  type CertificateFiles,
  makeCa,
  makeCertificate,
  makeCrl,
  temporaryDirectory,
} from '../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const load = ({ certificate }: CertificateFiles): Certificate =>
  parseCertificates(readFileSync(certificate), certificate)[0] as Certificate;
const loadList = (path: string): Crl => parseCrl(splitCrls(readFileSync(path), path)[0] as Buffer);

const root = makeCa(directory, 'root');
const intermediate = makeCa(directory, 'intermediate', { ca: root });
const aliceFiles = makeCertificate(directory, { ca: root, name: 'alice', eku: 'clientAuth' });
const bobFiles = makeCertificate(directory, { ca: root, name: 'bob', eku: 'clientAuth' });
const carolFiles = makeCertificate(directory, { ca: intermediate, name: 'carol', eku: 'clientAuth' });
const serverFiles = makeCertificate(directory, { ca: root, name: 'server', eku: 'serverAuth' });
const [alice, bob, carol] = [load(aliceFiles), load(bobFiles), load(carolFiles)];
const anchor = load(root);
const now = Date.now();
const nothing = (): readonly Certificate[] => [];

const trust = (facts: Partial<TrustFacts>) =>
  createTrust({ anchors: [anchor], revocationLists: [], onCrlExpired: 'refuse', ...facts });

test('a certificate of an anchor is good, one of a stranger is not', () => {
  assert.equal(trust({}).judge(alice, nothing, now), undefined);
  const stranger = load(makeCa(temporaryDirectory({ after }), 'root'));
  assert.equal(trust({ anchors: [stranger] }).judge(alice, nothing, now), 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
});

test('an anchor of the same name and another key admits nobody of the first', () => {
  const namesake = load(makeCa(temporaryDirectory({ after }), 'root'));
  assert.equal(namesake.subjectDn, anchor.subjectDn);
  assert.equal(trust({ anchors: [namesake] }).judge(alice, nothing, now), 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  assert.equal(trust({ anchors: [namesake, anchor] }).judge(alice, nothing, now), undefined);
});

test('an intermediate CA that the client sent leads to the anchor; without it there is no way', () => {
  assert.equal(
    trust({}).judge(carol, () => [load(intermediate)], now),
    undefined,
  );
  assert.equal(trust({}).judge(carol, nothing, now), 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
});

test('a client that signs for itself is good where its own certificate is an anchor, and nowhere else', () => {
  const pinned = load(makeCertificate(directory, { name: 'pinned' }));
  assert.equal(trust({ anchors: [anchor, pinned] }).judge(pinned, nothing, now), undefined);
  assert.equal(
    trust({}).judge(pinned, () => [pinned], now),
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  );
  // Its issuer is not trusted: OpenSSL builds no partial chains here.
  assert.equal(trust({ anchors: [alice] }).judge(alice, nothing, now), 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
});

test('a certificate that is no CA leads nowhere', () => {
  const forged = makeCertificate(directory, { ca: { ...root, ...aliceFiles }, name: 'mallory', eku: 'clientAuth' });
  const fault = trust({}).judge(load(forged), () => [alice], now);
  assert.equal(fault, 'INVALID_CA');
});

test('dates count at the moment of the question', () => {
  assert.equal(trust({}).judge(alice, nothing, alice.notBefore.getTime() - 1), 'CERT_NOT_YET_VALID');
  assert.equal(trust({}).judge(alice, nothing, alice.notAfter.getTime() + 1000), 'CERT_HAS_EXPIRED');
});

test('a certificate for servers is none for clients', () => {
  assert.equal(trust({}).judge(load(serverFiles), nothing, now), 'INVALID_PURPOSE');
});

test('a revoked certificate is refused, another of the same CA is not', () => {
  const revocationLists = [loadList(makeCrl(root, { name: 'one', revoked: [bobFiles.certificate] }))];
  assert.equal(trust({ revocationLists }).judge(bob, nothing, now), 'CERT_REVOKED');
  assert.equal(trust({ revocationLists }).judge(alice, nothing, now), undefined);
  assert.equal(trust({ revocationLists }).revocationFault(bob, now), 'CERT_REVOKED');
  assert.equal(trust({ revocationLists }).revocationFault(alice, now), undefined);
});

test('where there are lists, a CA without one is refused, intermediate ones included', () => {
  const revocationLists = [loadList(makeCrl(root, { name: 'of-root' }))];
  const sent = (): readonly Certificate[] => [load(intermediate)];
  assert.equal(trust({ revocationLists }).judge(carol, sent, now), 'UNABLE_TO_GET_CRL');
  const both = [...revocationLists, loadList(makeCrl(intermediate, { name: 'of-intermediate' }))];
  assert.equal(trust({ revocationLists: both }).judge(carol, sent, now), undefined);
});

test('a revoked intermediate CA takes its clients with it', () => {
  const revocationLists = [
    loadList(makeCrl(root, { name: 'no-intermediate', revoked: [intermediate.certificate] })),
    loadList(makeCrl(intermediate, { name: 'of-intermediate-2' })),
  ];
  assert.equal(
    trust({ revocationLists }).judge(carol, () => [load(intermediate)], now),
    'CERT_REVOKED',
  );
});

test('a lapsed list refuses everybody, or keeps what it says, as the operator has chosen', () => {
  const lapsed = loadList(
    makeCrl(root, { name: 'lapsed', thisUpdate: new Date(now - 9e8), nextUpdate: new Date(now - 1e8) }),
  );
  const refuse = trust({ revocationLists: [lapsed] });
  const keep = trust({ revocationLists: [lapsed], onCrlExpired: 'keep' });
  assert.equal(refuse.revocationFault(alice, now), 'CRL_HAS_EXPIRED');
  assert.equal(keep.revocationFault(alice, now), undefined);
  assert.equal(keep.revocationFault(bob, now), 'CERT_REVOKED', 'bob was revoked before');
});

test('of several lists the newest counts, whatever their order', () => {
  const ca = makeCa(temporaryDirectory({ after }), 'ca');
  const files = makeCertificate(ca.directory, { ca, name: 'dave', eku: 'clientAuth' });
  const older = loadList(makeCrl(ca, { name: 'older', thisUpdate: new Date(now - 7.2e6) }));
  const newer = loadList(makeCrl(ca, { name: 'newer', revoked: [files.certificate] }));
  for (const revocationLists of [
    [older, newer],
    [newer, older],
  ]) {
    const facts = { anchors: [load(ca)], revocationLists };
    assert.equal(trust(facts).judge(load(files), nothing, now), 'CERT_REVOKED');
  }
});

test('of two lists of the same time, what either revokes is revoked', () => {
  const ca = makeCa(temporaryDirectory({ after }), 'ca');
  const files = makeCertificate(ca.directory, { ca, name: 'dave', eku: 'clientAuth' });
  const thisUpdate = new Date(now - 3.6e6);
  const clean = loadList(makeCrl(ca, { name: 'clean', thisUpdate }));
  const revoking = loadList(makeCrl(ca, { name: 'revoking', thisUpdate, revoked: [files.certificate] }));
  const facts = { anchors: [load(ca)], revocationLists: [clean, revoking] };
  assert.equal(trust(facts).judge(load(files), nothing, now), 'CERT_REVOKED');
});

test('the fingerprint tells whether trust has changed', () => {
  const list = loadList(makeCrl(root, { name: 'for-fingerprint' }));
  assert.equal(trust({}).fingerprint, trust({}).fingerprint);
  const others = [trust({ revocationLists: [list] }), trust({ onCrlExpired: 'keep' }), trust({ anchors: [alice] })];
  assert.equal(new Set([trust({}), ...others].map(({ fingerprint }) => fingerprint)).size, 4);
});
