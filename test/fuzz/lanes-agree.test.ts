// The same streams of requests through both lanes, cut at every kind of place, before backends that answer everything
// from the ordinary to the broken: clients, backends and logs see the same. FUZZ_MINUTES and FUZZ_SEED make it longer and
// another one; where the lanes differ, the smallest such stream is printed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Traffic, traffic } from '../support/arbitrary-traffic.ts';
import { type Lane, startLane } from '../support/lane-pair.ts';

const minutes = Number(process.env.FUZZ_MINUTES ?? 0);
const seed = Number(process.env.FUZZ_SEED ?? 42);
const timeout = minutes > 0 ? (minutes + 5) * 60_000 : 120_000;

/** How often a difference has to show before it is one: a busy machine may be late once. */
const showings = 3;

test('both lanes do the same with the same traffic', { timeout }, async (t) => {
  const [standard, express] = await Promise.all([startLane(t, 'standard'), startLane(t, 'express')]);
  const limits =
    minutes > 0
      ? { numRuns: 1_000_000_000, interruptAfterTimeLimit: minutes * 60_000, markInterruptAsFailure: false }
      : { numRuns: 150 };
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(traffic, async (one) => {
      runs += 1;
      await assertSame(standard, express, one);
    }),
    { seed, ...limits, endOnFailure: minutes === 0 },
  );
  t.diagnostic(`${runs} streams, seed ${seed}`);
});

async function assertSame(standard: Lane, express: Lane, { steps, answers }: Traffic): Promise<void> {
  for (let showing = 1; ; showing += 1) {
    const [expected, actual] = await Promise.all([standard.observe(steps, answers), express.observe(steps, answers)]);
    try {
      assert.deepEqual(actual, expected, JSON.stringify({ steps, answers: [...answers] }));
      return;
    } catch (error) {
      if (showing === showings) throw error;
    }
  }
}
