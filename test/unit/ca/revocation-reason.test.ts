import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findReason, givenReasons, parseReason, reasonCodeOf } from '../../../src/ca/revocation-reason.ts';

test('reasons are read whatever their case', () => {
  assert.equal(parseReason('keycompromise'), 'keyCompromise');
  assert.equal(parseReason('CACOMPROMISE'), 'CACompromise');
});

for (const text of ['', 'bored', 'certificateHold', 'removeFromCRL']) {
  test(`"${text}" is no reason to give`, () =>
    assert.throws(() => parseReason(text), { code: 'usage', message: /superseded/ }));
}

test('every reason that can be given is one that openssl writes', () => {
  for (const reason of givenReasons) assert.equal(findReason(reason), reason);
  assert.equal(findReason('keyTime'), 'keyCompromise');
  assert.equal(findReason('bored'), undefined);
});

test('unspecified is left out of a list', () => {
  assert.equal(reasonCodeOf('unspecified'), undefined);
  assert.equal(reasonCodeOf('keyCompromise'), 1);
});
