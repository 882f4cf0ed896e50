import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainWordsOf } from '../../../src/admin/plain-words.ts';
import { type ErrorCode, type ErrorKind, errorKinds } from '../../../src/errors.ts';
import { verifyErrors } from '../../../src/x509/verify-error.ts';

const refusing = (Object.entries(errorKinds) as [ErrorCode, ErrorKind][])
  .filter(([, { status }]) => status !== undefined)
  .map(([code]) => code);

test('every code that refuses somebody is explained in words of its own', () => {
  const titles = new Set<string>();
  for (const code of refusing) {
    const { title, explanation, whatToDo } = plainWordsOf(code);
    assert.ok(title.length <= 30, `${code}: ${title}`);
    for (const text of [explanation, whatToDo]) {
      assert.match(text, /^[A-Z`].{15,250}[.?]$/s, code);
      assert.notEqual(text, errorKinds[code].publicText);
    }
    titles.add(title);
  }
  assert.equal(titles.size, refusing.length);
});

test('what the verification said goes before', () => {
  const { text: verifyError, advice } = verifyErrors.CERT_HAS_EXPIRED;
  const words = plainWordsOf('client-certificate-invalid', { verifyError, advice });
  assert.equal(words.title, 'Certificate has expired');
  assert.match(words.explanation, /certificate has expired\.$/);
  assert.equal(words.whatToDo, advice);
});
