// When a list is asked for next: regularly, earlier before its end, less and less often while that fails.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decideNextDownload, type ScheduleInput } from '../../../src/credentials/crl-schedule.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const nowMs = Date.UTC(2030, 0);
const decide = (input: Partial<ScheduleInput>): number =>
  decideNextDownload({ nowMs, refreshMs: hourMs, failures: 0, firstToEnd: undefined, chance: 0, ...input });
/** A list that has lived for `ageMs` and has `leftMs` to live. */
const list = (ageMs: number, leftMs: number): NonNullable<ScheduleInput['firstToEnd']> => {
  return { thisUpdate: new Date(nowMs - ageMs), nextUpdate: new Date(nowMs + leftMs) };
};

test('regularly, and never later than that', () => {
  assert.equal(decide({}), hourMs);
  assert.equal(decide({ firstToEnd: list(hourMs, 30 * dayMs) }), hourMs);
  assert.equal(decide({ chance: 1 }), 0.9 * hourMs);
  assert.equal(decide({ refreshMs: 5 }), 1000);
});

test('an hour before the end, or at four fifths of a short life', () => {
  assert.equal(decide({ refreshMs: 30 * dayMs, firstToEnd: list(0, 7 * dayMs) }), 7 * dayMs - hourMs);
  assert.equal(decide({ refreshMs: dayMs, firstToEnd: list(0, 50 * minuteMs) }), 40 * minuteMs);
});

test('more and more often towards the end, and every minute after it', () => {
  const delays = [60, 30, 3, 1, 0, -1, -1000].map((left) => {
    return decide({ firstToEnd: list(7 * dayMs, left * minuteMs), refreshMs: dayMs }) / minuteMs;
  });
  assert.deepEqual(delays, [30, 15, 1.5, 1, 1, 1, 1]);
  assert.equal(decide({ firstToEnd: list(7 * dayMs, 0), refreshMs: 10_000 }), 10_000);
});

test('after failures first soon, then less and less often, at least every hour or as often as asked', () => {
  const delays = [1, 2, 3, 8, 20, 2000].map((failures) => decide({ failures, refreshMs: dayMs }));
  assert.deepEqual(delays, [30_000, 60_000, 120_000, hourMs, hourMs, hourMs]);
  assert.equal(decide({ failures: 5, refreshMs: minuteMs }), minuteMs);
});

test('never what a timer cannot wait', () => {
  const time = fc.integer({ min: -1e15, max: 1e15 });
  fc.assert(
    fc.property(
      fc.nat(1e15),
      fc.nat(5000),
      time,
      time,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (refreshMs, ...rest) => {
        const [failures, age, left, chance] = rest;
        const delay = decide({ refreshMs, failures, chance, firstToEnd: list(age, left) });
        assert.ok(Number.isInteger(delay) && delay >= 1000 && delay < 2 ** 31);
      },
    ),
  );
});
