import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatAbsolute,
  formatAge,
  formatBytes,
  formatDuration,
  formatRate,
  formatRelative,
  plural,
} from '../../../../src/admin/page/format.js';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

test('rates have a tenth where it says something', () => {
  const shown = [0, 0.04, 0.4, 12.34, 99.9, 123.4, 12_345.6].map(formatRate);
  assert.deepEqual(shown, ['0', '0.0', '0.4', '12.3', '99.9', '123', '12,346']);
});

test('durations have about three digits', () => {
  const shown = [null, 0.123, 1.26, 99.94, 100.4, 999.4, 1234, 59_000].map(formatDuration);
  assert.deepEqual(shown, ['–', '0.12 ms', '1.3 ms', '99.9 ms', '100 ms', '999 ms', '1.23 s', '59.0 s']);
});

test('sizes go up to the unit that fits', () => {
  const shown = [0, 999, 1000, 1536, 131_400_000, 2 ** 40].map(formatBytes);
  assert.deepEqual(shown, ['0 B', '999 B', '1.0 KiB', '1.5 KiB', '125 MiB', '1.0 TiB']);
});

test('times are told from now, backwards and forwards', () => {
  const now = Date.UTC(2026, 2, 1);
  const shown = [
    0,
    -1.4 * second,
    -2 * second,
    -59 * second,
    -minute,
    -3 * hour,
    -47 * hour,
    -48 * hour,
    400 * day,
  ].map((away) => formatRelative(now + away, now));
  const expected = [
    'now',
    'now',
    '2 s ago',
    '59 s ago',
    '1 min ago',
    '3 h ago',
    '47 h ago',
    '2 days ago',
    'in 400 days',
  ];
  assert.deepEqual(shown, expected);
  assert.equal(formatRelative(now + 3650 * day, now), 'in 9 years');
});

test('an age has two units', () => {
  const shown = [-5, 4 * second, 61 * second, 3 * hour + 12 * minute, 50 * hour].map(formatAge);
  assert.deepEqual(shown, ['0 s', '4 s', '1 min 1 s', '3 h 12 min', '2 days 2 h']);
});

test('a whole date has its zone', () => {
  assert.match(formatAbsolute(Date.UTC(2026, 2, 1, 10, 11, 12)), /^2026-0[23]-\d\d \d\d:\d\d:12 \S+/);
});

test('one is one and others are many', () => {
  assert.deepEqual(
    [plural(1, 'day'), plural(0, 'day'), plural(2000, 'box', 'boxes')],
    ['1 day', '0 days', '2,000 boxes'],
  );
});
