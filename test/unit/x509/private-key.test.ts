import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseCertificates } from '../../../src/x509/certificate.ts';
import { keyMatches, parsePrivateKey } from '../../../src/x509/private-key.ts';
import { type KeyType, makeCertificate, runOpenssl, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const alice = makeCertificate(directory, { name: 'alice' });
const bob = makeCertificate(directory, { name: 'bob' });
const key = readFileSync(alice.key, 'utf8');
const certificate = readFileSync(alice.certificate, 'utf8');
const [parsed] = parseCertificates(certificate, 'alice.crt');
assert.ok(parsed);
const belongs = (pem: string, passphrase?: string): boolean =>
  keyMatches(parsed, parsePrivateKey(pem, 'alice.key', passphrase));
const refusal = (reason: RegExp, line = 1) => ({
  code: 'key-invalid',
  message: new RegExp(`^alice\\.key:${line}: .*${reason.source}`),
});

test('a key belongs to its certificate and to no other', () => {
  assert.equal(belongs(key), true);
  assert.equal(belongs(readFileSync(bob.key, 'utf8')), false);
});

test('keys of every kind', () => {
  for (const keyType of ['rsa', 'ed25519'] satisfies KeyType[]) {
    const files = makeCertificate(directory, { name: keyType, keyType });
    assert.equal(parsePrivateKey(readFileSync(files.key), files.key).asymmetricKeyType, keyType);
  }
});

test('a public key matches nothing', () => {
  assert.equal(keyMatches(parsed, parsed.x509.publicKey), false);
});

test('old forms, parameters before the key and certificates beside it', () => {
  const old = runOpenssl(['ec', '-in', alice.key]);
  assert.match(old, /BEGIN EC PRIVATE KEY/);
  const parameters = runOpenssl(['ecparam', '-name', 'prime256v1']);
  for (const text of [old, parameters + old, certificate + key, key + certificate]) assert.equal(belongs(text), true);
});

test('the first of several keys counts, as with OpenSSL', () => {
  assert.equal(belongs(key + readFileSync(bob.key, 'utf8')), true);
  assert.equal(belongs(readFileSync(bob.key, 'utf8') + key), false);
});

const encrypted: Record<string, string> = {
  'PKCS #8': runOpenssl(['pkey', '-in', alice.key, '-aes256', '-passout', 'pass:secret']),
  'an old form': runOpenssl(['ec', '-in', alice.key, '-aes256', '-passout', 'pass:secret']),
};
for (const [form, text] of Object.entries(encrypted)) {
  test(`an encrypted key in ${form} needs its passphrase`, () => {
    assert.equal(belongs(text, 'secret'), true);
    assert.throws(() => belongs(text), refusal(/encrypted and no passphrase/));
    assert.throws(() => belongs(text, 'wrong'), refusal(/passphrase is wrong/));
    assert.throws(() => belongs(text, ''), refusal(/passphrase is wrong/));
  });
}

test('a passphrase for a key that has none does no harm', () => assert.equal(belongs(key, 'secret'), true));

test('files without a key say what they hold instead', () => {
  const refused = (reason: RegExp) => ({ code: 'key-invalid', message: reason });
  assert.throws(() => belongs(certificate), refused(/^alice\.key: no private key: .*only CERTIFICATE$/));
  assert.throws(() => belongs(''), refused(/^alice\.key: no private key: .*no PEM/));
  const pkcs12 = join(directory, 'alice.p12');
  const args = ['-in', alice.certificate, '-inkey', alice.key, '-out', pkcs12, '-passout', 'pass:x'];
  runOpenssl(['pkcs12', '-export', ...args]);
  assert.throws(() => parsePrivateKey(readFileSync(pkcs12), 'alice.key'), refused(/PKCS #12/));
});

test('a block that is no key inside, and a cut file', () => {
  const hollow = certificate.replaceAll('CERTIFICATE', 'PRIVATE KEY');
  assert.throws(() => belongs(`\n${hollow}`), refusal(/cannot be read/, 2));
  assert.throws(() => belongs(key.slice(0, -30)), { code: 'pem-invalid', message: /^alice\.key:1: / });
});
