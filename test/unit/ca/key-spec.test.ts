import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { generateKey, keySpecOf, parseKeySpec, weaknessOfKey } from '../../../src/ca/key-spec.ts';

test('key types are read whatever their case', () => {
  assert.deepEqual(parseKeySpec('p-256'), { type: 'ec', curve: 'P-256' });
  assert.deepEqual(parseKeySpec('P384'), { type: 'ec', curve: 'P-384' });
  assert.deepEqual(parseKeySpec('rsa:3072'), { type: 'rsa', bits: 3072 });
  assert.deepEqual(parseKeySpec('RSA2048'), { type: 'rsa', bits: 2048 });
  assert.deepEqual(parseKeySpec('Ed25519'), { type: 'ed25519' });
});

for (const text of ['', 'rsa', 'rsa:1024', 'rsa:16384', 'rsa:2049', 'secp256k1', 'P-192', 'dsa', 'rsa:-2048']) {
  test(`refuses the key type "${text}"`, () => assert.throws(() => parseKeySpec(text), { code: 'usage' }));
}

for (const text of ['P-256', 'P-384', 'P-521', 'rsa:2048', 'ed25519']) {
  test(`${text} is made, is strong enough, and is recognized`, async () => {
    const spec = parseKeySpec(text);
    const { privateKey, publicKey } = await generateKey(spec);
    assert.equal(weaknessOfKey(publicKey), undefined);
    assert.deepEqual(keySpecOf(publicKey), spec);
    assert.ok(createPublicKey(privateKey).equals(publicKey));
  });
}

const weak = {
  'RSA of 1024 bits': [generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey, /1024 bits/],
  'a curve of the wrong family': [generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey, /secp256k1/],
  'a key that cannot sign': [generateKeyPairSync('x25519').publicKey, /x25519/],
  DSA: [generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }).publicKey, /dsa/],
} as const;

for (const [what, [key, message]] of Object.entries(weak)) {
  test(`refuses ${what}`, () => assert.match(weaknessOfKey(key) ?? '', message));
}
