import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sparkline } from '../../../../src/cli/top/sparkline.ts';
import { cut, fit, fitRight, widthOf } from '../../../../src/cli/top/text-width.ts';

test('a text is as wide as a terminal draws it', () => {
  assert.deepEqual(['', 'abc', 'Müller', 'e\u0301', '株式会社', '😀', '…'].map(widthOf), [0, 3, 6, 1, 8, 2, 1]);
});

test('what is too long ends in dots, and never in half a character', () => {
  assert.deepEqual([cut('abcdef', 6), cut('abcdef', 5), cut('abcdef', 1), cut('abc', 0)], ['abcdef', 'abcd…', '…', '']);
  assert.equal(cut('株式会社', 6), '株式…');
  assert.equal(cut('e\u0301e\u0301e\u0301', 2), 'e\u0301…');
});

test('texts are filled to their columns on either side', () => {
  assert.deepEqual(
    [fit('ab', 4), fitRight('ab', 4), fit('株式会社', 6), fitRight('12,345', 4)],
    ['ab  ', '  ab', '株式… ', '12,…'],
  );
});

test('the newest number is at the right end, the greatest is full, and nothing is nothing', () => {
  assert.equal(sparkline([0, 1, 4, 8], 6), '   ▁▄█');
  assert.equal(sparkline([9, 9, 9, 1, 2], 2), '▄█');
  assert.equal(sparkline([], 3), '   ');
});
