import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  durationPattern,
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
  sizePattern,
} from '../../../src/config/units.ts';
import { assertRefused } from '../../support/refusal.ts';

const durations: [text: string, milliseconds: number][] = [
  ['0', 0],
  ['10', 10_000],
  ['0s', 0],
  ['500ms', 500],
  ['10s', 10_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['30d', 2_592_000_000],
  ['1m30s', 90_000],
  ['1d2h3m4s5ms', 93_784_005],
];

for (const [text, milliseconds] of durations) {
  test(`the duration ${text} is ${milliseconds} ms`, () => {
    assert.equal(parseDuration(text), milliseconds);
    assert.match(text, new RegExp(durationPattern));
  });
}

for (const text of [
  '',
  ' 1s',
  '1s ',
  '1 s',
  '-1s',
  '+1s',
  '1.5s',
  '1e3',
  '0x10',
  '1w',
  '1M',
  '1S',
  's',
  '1s2',
  '2 1s',
  '１s',
]) {
  test(`"${text}" is no duration`, () => {
    assertRefused(() => parseDuration(text), /is not a duration: write/);
    assert.doesNotMatch(text, new RegExp(durationPattern));
  });
}

test('units of a duration go from large to small, each once', () => {
  assertRefused(() => parseDuration('30s1m'), /from large to small/);
  assertRefused(() => parseDuration('1s1s'), /each once/);
  assertRefused(() => parseDuration('5ms1s'), /from large to small/);
});

test('a number that cannot be held exactly is refused', () => {
  assertRefused(() => parseDuration('9007199254740993ms'), /too large/);
  assertRefused(() => parseDuration('9'.repeat(400)), /too large/);
  assertRefused(() => parseSize('9007199254740993'), /too large/);
  assertRefused(() => parseSize('9007199254740991g'), /too large/);
});

const sizes: [text: string, bytes: number][] = [
  ['0', 0],
  ['1500', 1500],
  ['32k', 32_768],
  ['32K', 32_768],
  ['1m', 1_048_576],
  ['2G', 2_147_483_648],
];

for (const [text, bytes] of sizes) {
  test(`the size ${text} is ${bytes} bytes`, () => {
    assert.equal(parseSize(text), bytes);
    assert.match(text, new RegExp(sizePattern));
  });
}

for (const text of ['', '-1', '1.5k', '1kb', '1 k', '1KiB', '1t', 'k', '0x10']) {
  test(`"${text}" is no size`, () => {
    assertRefused(() => parseSize(text), /is not a size/);
    assert.doesNotMatch(text, new RegExp(sizePattern));
  });
}

test('what is printed is read as the same', () => {
  fc.assert(fc.property(fc.nat(2 ** 40), (value) => parseDuration(formatDuration(value)) === value));
  fc.assert(fc.property(fc.nat(2 ** 40), (value) => parseSize(formatSize(value)) === value));
});

test('printing takes the largest units', () => {
  assert.deepEqual([0, 1500, 90_000, 86_400_000].map(formatDuration), ['0s', '1s500ms', '1m30s', '1d']);
  assert.deepEqual([0, 1000, 1024, 10_485_760].map(formatSize), ['0', '1000', '1k', '10m']);
});
