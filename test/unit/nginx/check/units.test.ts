// Sizes and times as nginx reads them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseNginxSeconds, parseNginxSize, parseNginxTime } from '../../../../src/nginx/check/units.ts';

describe('sizes', () => {
  for (const [text, bytes] of [
    ['0', 0],
    ['1k', 1024],
    ['8K', 8192],
    ['10m', 10_485_760],
    ['1x', undefined],
    ['', undefined],
    ['-1', undefined],
    ['1g', undefined],
  ] as const) {
    test(`${text}: ${bytes}`, () => assert.equal(parseNginxSize(text), bytes));
  }
  test('gigabytes are for offsets', () => assert.equal(parseNginxSize('1g', true), 1024 ** 3));
});

describe('times', () => {
  for (const [text, ms] of [
    ['60', 60_000],
    ['60s', 60_000],
    ['500ms', 500],
    ['1d12h', 129_600_000],
    ['1h 30m', 5_400_000],
    ['1M', 2_592_000_000],
    ['1y', 31_536_000_000],
    ['1m30', 90_000],
    ['1s500ms', 1500],
    ['x', undefined],
    ['', undefined],
    ['1x', undefined],
    ['30m1h', undefined],
    ['1.5s', undefined],
  ] as const) {
    test(`${text}: ${ms}`, () => assert.equal(parseNginxTime(text), ms));
  }
  test('seconds have no fractions', () => {
    assert.equal(parseNginxSeconds('1h'), 3600);
    assert.equal(parseNginxSeconds('1ms'), undefined);
  });
});
