import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OcspStatus } from '../../../src/x509/ocsp.ts';
import { decideOcsp, type OcspVerdict, verdictOf } from '../../../src/x509/ocsp-verdict.ts';
import { isVerifyErrorName } from '../../../src/x509/verify-error.ts';

const minute = 60_000;
const now = Date.parse('2026-05-01T12:00:00Z');
const status = (fields: Partial<OcspStatus>): OcspStatus => ({
  status: 'good',
  revokedAt: undefined,
  reason: undefined,
  thisUpdate: new Date(now - minute),
  nextUpdate: new Date(now + 60 * minute),
  ...fields,
});

test('an answer decides, whatever the mode; only its absence is forgiven', () => {
  const decisions: Record<OcspVerdict['kind'], readonly [string | undefined, string | undefined]> = {
    good: [undefined, undefined],
    revoked: ['CERT_REVOKED', 'CERT_REVOKED'],
    unknown: ['OCSP_CERT_UNKNOWN', 'OCSP_CERT_UNKNOWN'],
    unavailable: [undefined, 'OCSP_VERIFY_FAILED'],
  };
  for (const [kind, [soft, hard]] of Object.entries(decisions)) {
    const verdict = { kind: kind as OcspVerdict['kind'] };
    assert.equal(decideOcsp(verdict, 'soft'), soft, `soft ${kind}`);
    assert.equal(decideOcsp(verdict, 'hard'), hard, `hard ${kind}`);
    for (const name of [soft, hard]) assert.ok(name === undefined || isVerifyErrorName(name));
  }
});

test('a verdict is good until nextUpdate', () => {
  const verdict = verdictOf(status({}), 'X', now);
  assert.equal(verdict.kind, 'good');
  assert.equal(verdict.usableUntilMs, now + 60 * minute);
  assert.equal(verdict.reason, 'X: the certificate is good');
});

test('without nextUpdate for five minutes, at its end for a few seconds', () => {
  assert.equal(verdictOf(status({ nextUpdate: undefined }), 'X', now).usableUntilMs, now + 5 * minute);
  assert.equal(verdictOf(status({ nextUpdate: new Date(now - minute) }), 'X', now).usableUntilMs, now + 10_000);
});

test('"unknown" never lasts: the certificate may become known', () => {
  const until = (nextUpdate: Date): number =>
    verdictOf(status({ status: 'unknown', nextUpdate }), 'X', now).usableUntilMs;
  assert.equal(until(new Date(now + 60 * minute)), now + 5 * minute);
  assert.equal(until(new Date(now + minute)), now + minute);
});

test('a revocation says when and why', () => {
  const revokedAt = new Date('2026-04-30T01:02:03Z');
  const verdict = verdictOf(status({ status: 'revoked', revokedAt, reason: 'keyCompromise' }), 'X', now);
  assert.ok(verdict.kind === 'revoked');
  assert.equal(verdict.revokedAt, revokedAt);
  assert.equal(verdict.revocationReason, 'keyCompromise');
  assert.equal(verdict.reason, 'X: the certificate was revoked on 2026-04-30T01:02:03.000Z (keyCompromise)');
  assert.match(verdictOf(status({ status: 'revoked', revokedAt }), 'X', now).reason, /03\.000Z$/);
});
