import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, test } from 'node:test';
import {
  isVerifyErrorName,
  type VerifyErrorName,
  verifyErrorOf,
  verifyErrors,
} from '../../../src/x509/verify-error.ts';
import { makeCa, makeCertificate, makeCrl, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const minute = 60_000;

/** What `openssl verify` says: number and text of its first complaint. */
function complaint(certificate: string, ...args: string[]): { code: number; text: string } | undefined {
  const { stderr } = spawnSync('openssl', ['verify', ...args, certificate], { encoding: 'utf8' });
  const [, code, text] = /^error (\d+) at \d+ depth lookup: (.*)$/m.exec(stderr) ?? [];
  return code === undefined || text === undefined ? undefined : { code: Number(code), text };
}

const good = makeCertificate(directory, { ca, name: 'good', eku: 'clientAuth' }).certificate;
const trust = ['-CAfile', ca.certificate];

test('a good certificate gives no error', () => assert.equal(complaint(good, ...trust), undefined));

const cases: [VerifyErrorName, () => ReturnType<typeof complaint>][] = [
  ['CERT_HAS_EXPIRED', () => complaint(leaf('expired', { notAfter: new Date(Date.now() - minute) }), ...trust)],
  ['CERT_NOT_YET_VALID', () => complaint(leaf('future', { notBefore: new Date(Date.now() + 10 * minute) }), ...trust)],
  ['INVALID_PURPOSE', () => complaint(leaf('server', { eku: 'serverAuth' }), ...trust, '-purpose', 'sslclient')],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', () => complaint(makeCertificate(directory, { name: 'self' }).certificate, ...trust)],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', () => complaint(good, '-no-CAfile')],
  ['SELF_SIGNED_CERT_IN_CHAIN', () => complaint(good, '-untrusted', ca.certificate)],
  ['UNABLE_TO_GET_CRL', () => complaint(good, ...trust, '-crl_check')],
  ['CERT_REVOKED', () => complaint(good, ...trust, '-crl_check', '-CRLfile', makeCrl(ca, { revoked: [good] }))],
  ['CRL_HAS_EXPIRED', () => complaint(good, ...trust, '-crl_check', '-CRLfile', expiredList())],
  ['HOSTNAME_MISMATCH', () => complaint(good, ...trust, '-verify_hostname', 'other.example')],
  ['PATH_LENGTH_EXCEEDED', tooLong],
  [
    'INVALID_CA',
    () => complaint(leaf('below', { ca: asCa('middle') }), ...trust, '-untrusted', `${directory}/middle.crt`),
  ],
];

for (const [name, complain] of cases) {
  test(`${name} has the number and the text of openssl`, () => {
    const { code, text } = verifyErrorOf(name);
    assert.deepEqual({ code, text }, complain());
  });
}

function leaf(name: string, options: Partial<Parameters<typeof makeCertificate>[1]>): string {
  return makeCertificate(directory, { ca, name, ...options }).certificate;
}

function expiredList(): string {
  return makeCrl(ca, { name: 'expired', nextUpdate: new Date(Date.now() - minute) });
}

/** A certificate that is no CA, used as if it were one. */
function asCa(name: string): typeof ca {
  const files = makeCertificate(directory, { ca, name });
  return { ...ca, ...files, name };
}

function tooLong(): ReturnType<typeof complaint> {
  const root = makeCa(directory, 'root', { pathLength: 0 });
  const middle = makeCa(directory, 'intermediate', { ca: root });
  const { certificate } = makeCertificate(directory, { ca: middle, name: 'deep' });
  return complaint(certificate, '-CAfile', root.certificate, '-untrusted', middle.certificate);
}

test('names that are not known are unspecified errors', () => {
  for (const name of ['ECONNRESET', '', 'toString', '__proto__', 'UNSPECIFIED']) {
    assert.equal(verifyErrorOf(name), verifyErrors.UNSPECIFIED);
  }
  assert.equal(isVerifyErrorName('CERT_REVOKED'), true);
  assert.equal(isVerifyErrorName('toString'), false);
});

test("Node's own name of a host name mismatch", () => {
  assert.equal(verifyErrorOf('ERR_TLS_CERT_ALTNAME_INVALID'), verifyErrors.HOSTNAME_MISMATCH);
});

test('every error has its own number and one sentence of advice', () => {
  const all = Object.values(verifyErrors);
  assert.equal(new Set(all.map(({ code }) => code)).size, all.length);
  for (const { code, text, advice } of all) {
    assert.ok(code > 0 && text.length > 0);
    assert.match(advice, /^[A-Z][^\n]*\.$/);
  }
});
