import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeStrictBase64 } from '../../../src/x509/strict-base64.ts';

const decode = (text: string): string | undefined =>
  decodeStrictBase64(Buffer.from(text, 'latin1'))?.toString('latin1');

test('every length, on one line and on many', () => {
  for (let length = 0; length < 200; length += 1) {
    const bytes = Buffer.from(Array.from({ length }, (_, index) => (index * 151 + length) & 0xff));
    const text = bytes.toString('base64');
    for (const written of [text, text.replaceAll(/.{1,64}/g, '$&\n'), text.replaceAll(/.{1,5}/g, ' \t$& \r\n')]) {
      assert.deepEqual(decodeStrictBase64(Buffer.from(written)), bytes, JSON.stringify(written));
    }
  }
});

test('what Buffer forgives is refused', () => {
  assert.equal(decode('YWJj'), 'abc');
  assert.equal(decode('YWI='), 'ab');
  assert.equal(decode('YQ=='), 'a');
  for (const text of [
    'YWJ',
    'YW',
    'Y',
    'YWJj=',
    'YW=I',
    'YQ=',
    'YQ===',
    '=',
    '====',
    'YW Jj',
    'YWJ*',
    'YWJ-',
    'YWJ_',
  ]) {
    assert.equal(decode(text), undefined, text);
  }
  for (const text of ['YWJj\0', 'YWJ\xe9', 'YQ==YWJj', 'YQ==\nYWJj', 'YW= =']) {
    assert.equal(decode(text), undefined, JSON.stringify(text));
  }
});

test('bits that are left over must be zero', () => {
  for (const text of ['YR==', 'YX==', 'Yf==', 'YWJ=', 'YWK=']) assert.equal(decode(text), undefined, text);
});
