// What an operator may ask of a certificate beyond what the TLS library looks at: its purpose by name, and how many CAs may
// stand between it and its root.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { createTrust, type TrustFacts } from '../../../../src/gateway/authenticate/trust.ts';
import { type Certificate, parseCertificates } from '../../../../src/x509/certificate.ts';
import { type CertificateFiles, makeCa, makeCertificate, temporaryDirectory } from '../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const load = ({ certificate }: CertificateFiles): Certificate =>
  parseCertificates(readFileSync(certificate), certificate)[0] as Certificate;

const root = makeCa(directory, 'root');
const upper = makeCa(directory, 'upper', { ca: root });
const lower = makeCa(directory, 'lower', { ca: upper });
const leafOf = (ca: typeof root, name: string) => makeCertificate(directory, { ca, name, eku: 'clientAuth' });
const leaves = [leafOf(root, 'none'), leafOf(upper, 'one'), leafOf(lower, 'two')] as const;
const intermediates = [load(lower), load(upper)];
const sent = (): readonly Certificate[] => intermediates;
const alone = (): readonly Certificate[] => [];
const now = Date.now();

const trust = (facts: Partial<TrustFacts>) =>
  createTrust({ anchors: [load(root)], revocationLists: [], onCrlExpired: 'refuse', ...facts });

/** The first answer and every later one must not differ. */
function verdict(facts: Partial<TrustFacts>, certificate: Certificate, untrusted = sent): string | undefined {
  const { firstFault, judge } = trust(facts);
  const first = firstFault(certificate, untrusted, now);
  assert.equal(judge(certificate, untrusted, now), first);
  return first;
}

for (const [between, files] of leaves.entries()) {
  for (const depth of [0, 1, 2, 3]) {
    const expected = between <= depth ? undefined : 'CERT_CHAIN_TOO_LONG';
    test(`${between} CAs in between and a depth of ${depth}: ${expected ?? 'admitted'}, as openssl has it`, () => {
      assert.equal(verdict({ depth }, load(files)), expected);
      const chain = ['-untrusted', lower.certificate, '-untrusted', upper.certificate];
      const args = ['verify', '-verify_depth', String(depth), '-CAfile', root.certificate, ...chain, files.certificate];
      const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
      assert.equal(status === 0, expected === undefined, stderr);
    });
  }
}

test('CAs in between count also where the operator has them in the file', () => {
  const anchors = [load(root), ...intermediates];
  assert.equal(verdict({ anchors, depth: 1 }, load(leaves[2]), alone), 'CERT_CHAIN_TOO_LONG');
  assert.equal(verdict({ anchors, depth: 2 }, load(leaves[2]), alone), undefined);
});

test('what a client sends beside its chain makes it neither longer nor shorter', () => {
  const junk = [load(leaves[0]), load(makeCa(directory, 'stranger')), ...intermediates, load(root), load(leaves[1])];
  assert.equal(
    verdict({ depth: 1 }, load(leaves[2]), () => junk),
    'CERT_CHAIN_TOO_LONG',
  );
  assert.equal(
    verdict({ depth: 2 }, load(leaves[2]), () => junk),
    undefined,
  );
  const forged = makeCa(temporaryDirectory({ after }), 'lower', { subject: '/O=Test/CN=lower' });
  assert.equal(
    verdict({ depth: 1 }, load(leaves[2]), () => [load(forged), ...intermediates]),
    'CERT_CHAIN_TOO_LONG',
  );
});

test('a chain whose length nobody can tell is refused where it matters, and nowhere else', () => {
  assert.equal(verdict({ depth: 5 }, load(leaves[2]), alone), 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  assert.equal(trust({}).firstFault(load(leaves[2]), alone, now), undefined);
});

test('a certificate that is its own anchor has nobody in between', () => {
  const own = load(makeCertificate(directory, { name: 'own', eku: 'clientAuth' }));
  assert.equal(trust({ anchors: [own], depth: 0 }).firstFault(own, alone, now), undefined);
  assert.notEqual(trust({ depth: 0 }).firstFault(own, alone, now), undefined);
});

test('a purpose is asked for by name, or not at all', () => {
  const made = (name: string, eku?: Parameters<typeof makeCertificate>[1]['eku']) =>
    load(makeCertificate(directory, { ca: root, name, ...(eku === undefined ? {} : { eku }) }));
  const strict = { requireClientAuthEku: true };
  const bare = made('bare');
  assert.equal(verdict(strict, bare), 'CLIENT_AUTH_MISSING');
  assert.equal(verdict({}, bare), undefined);
  assert.equal(verdict({ requireClientAuthEku: false }, bare), undefined);
  assert.equal(verdict(strict, made('named', 'clientAuth')), undefined);
  assert.equal(verdict(strict, made('both', ['serverAuth', 'clientAuth'])), undefined);
  for (const other of ['serverAuth', 'codeSigning', 'anyExtendedKeyUsage'] as const) {
    assert.equal(trust(strict).firstFault(made(other, other), sent, now), 'CLIENT_AUTH_MISSING', other);
  }
});

test('trust that asks for something else is another trust', () => {
  const plain = trust({}).fingerprint;
  assert.equal(trust({ requireClientAuthEku: false }).fingerprint, plain);
  const others = [trust({ depth: 0 }), trust({ depth: 1 }), trust({ requireClientAuthEku: true })];
  assert.equal(new Set([plain, ...others.map(({ fingerprint }) => fingerprint)]).size, 4);
});
