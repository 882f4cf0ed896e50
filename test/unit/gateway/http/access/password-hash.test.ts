// Hashes as `openssl passwd` makes them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { verifyPassword } from '../../../../../src/gateway/http/access/password-hash.ts';

const passwords = ['a', 'secret', 'a much longer password than sixteen bytes, and than sixty-four of them, too'];

for (const kind of ['-apr1', '-1', '-5', '-6']) {
  test(`openssl passwd ${kind}`, () => {
    for (const password of passwords) {
      const args = ['passwd', kind, '-salt', 'saltsalt', password];
      const hash = execFileSync('openssl', args, { encoding: 'utf8' }).trim();
      assert.equal(verifyPassword(password, hash), true, hash);
      assert.equal(verifyPassword(`${password}x`, hash), false, hash);
    }
  });
}

test('{PLAIN}, {SHA} and {SSHA}', () => {
  const sha = createHash('sha1').update('pw').digest('base64');
  const salt = Buffer.from('salt');
  const salted = Buffer.concat([createHash('sha1').update('pw').update(salt).digest(), salt]).toString('base64');
  for (const hash of ['{PLAIN}pw', `{SHA}${sha}`, `{SSHA}${salted}`]) {
    assert.equal(verifyPassword('pw', hash), true, hash);
    assert.equal(verifyPassword('no', hash), false, hash);
  }
});

test('what is not known matches nothing', () => {
  for (const hash of ['', 'pw', '$2y$10$abc', '{MD5}x', '$apr1$'])
    assert.equal(verifyPassword('pw', hash), false, hash);
});
