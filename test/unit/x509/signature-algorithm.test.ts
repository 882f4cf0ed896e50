import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { signatureAlgorithmName, verifySignature } from '../../../src/x509/signature-algorithm.ts';
import { oid, sequence } from '../../support/der-writer.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signed = Buffer.from('what is signed');
const signature = sign('sha256', signed, privateKey);
const verifies = (algorithm: string): boolean =>
  verifySignature(sequence(oid(algorithm)), signed, signature, publicKey);

test('a signature verifies under its own algorithm', () => assert.equal(verifies('1.2.840.10045.4.3.2'), true));

test('a signature does not verify under another digest, another kind of key, or an unknown algorithm', () => {
  const [sha384, rsaSha256, rsaPss, ed25519] = [
    '1.2.840.10045.4.3.3',
    '1.2.840.113549.1.1.11',
    '1.2.840.113549.1.1.10',
    '1.3.101.112',
  ];
  for (const algorithm of [sha384, rsaSha256, rsaPss, ed25519, '1.2.3.4'])
    assert.equal(verifies(algorithm ?? ''), false, algorithm);
});

test('algorithms have the names of OpenSSL, unknown ones their OID', () => {
  assert.equal(signatureAlgorithmName('1.2.840.113549.1.1.11'), 'sha256WithRSAEncryption');
  assert.equal(signatureAlgorithmName('1.2.840.10045.4.3.3'), 'ecdsa-with-SHA384');
  assert.equal(signatureAlgorithmName('1.2.3.4'), '1.2.3.4');
});
