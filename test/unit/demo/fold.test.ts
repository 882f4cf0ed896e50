import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fold } from '../../../src/demo/fold.ts';

test('lines are broken between words, indented, and no wider than the terminal', () => {
  assert.deepEqual(fold('one two three four', { indent: 2, columns: 11 }), ['  one two', '  three', '  four']);
  assert.deepEqual(fold('one two', { indent: 2, columns: 9 }), ['  one two']);
  assert.deepEqual(fold('one two', { indent: 2, columns: 8 }), ['  one', '  two']);
});

test('a word that is wider stands alone, and what fits is left as it is', () => {
  assert.deepEqual(fold('a https://localhost:8443/ b', { indent: 1, columns: 10 }), [
    ' a',
    ' https://localhost:8443/',
    ' b',
  ]);
  assert.deepEqual(fold('in   line', { indent: 0, columns: Number.POSITIVE_INFINITY }), ['in   line']);
  assert.deepEqual(fold('', { indent: 2, columns: 10 }), ['']);
});
