import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daysUntil, planValidity, profileKeyUsage } from '../../../src/ca/profiles.ts';

const now = new Date('2026-01-01T12:00:00.750Z');
const issuer = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2026-06-01T00:00:00Z') };

test('a certificate begins five minutes ago and lives whole seconds', () => {
  assert.deepEqual(planValidity(10, now, issuer), {
    notBefore: new Date('2026-01-01T11:55:00Z'),
    notAfter: new Date('2026-01-11T12:00:00Z'),
    clamped: false,
  });
});

test('a certificate never outlives its CA, nor begins before it', () => {
  const young = { ...issuer, notBefore: new Date('2026-01-01T11:59:00Z') };
  assert.deepEqual(planValidity(397, now, young), {
    notBefore: young.notBefore,
    notAfter: issuer.notAfter,
    clamped: true,
  });
});

test('keyEncipherment is for servers with RSA keys alone', () => {
  assert.deepEqual(profileKeyUsage('server', true), ['digitalSignature', 'keyEncipherment']);
  assert.deepEqual(profileKeyUsage('server', false), ['digitalSignature']);
  assert.deepEqual(profileKeyUsage('client', true), ['digitalSignature']);
});

test('a begun day counts', () => {
  assert.equal(daysUntil(new Date('2026-01-02T12:00:00Z'), now), 1);
  assert.equal(daysUntil(new Date('2026-01-03T13:00:00Z'), now), 3);
  assert.equal(daysUntil(new Date('2025-12-30T12:00:00Z'), now), -2);
});
