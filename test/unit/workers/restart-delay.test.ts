import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideRestart, type RestartState } from '../../../src/workers/restart-delay.ts';

function delays(ranMs: readonly number[]): number[] {
  let state: RestartState = { failures: 0 };
  return ranMs.map((ran) => {
    const { delayMs, ...next } = decideRestart(state, ran);
    state = next;
    return delayMs;
  });
}

test('one that has lasted is replaced at once, every time', () => {
  assert.deepEqual(delays([60_000, 10_000, 3_600_000]), [0, 0, 0]);
});

test('those that do not last are replaced ever later, to an end', () => {
  assert.deepEqual(delays([60_000, 5, 5, 5, 5]), [0, 100, 200, 400, 800]);
  assert.deepEqual(delays(Array.from({ length: 40 }, () => 0)).slice(-2), [30_000, 30_000]);
});

test('one that lasts makes up for those before', () => {
  assert.deepEqual(delays([0, 0, 0, 10_000, 0, 0]), [0, 100, 200, 0, 100, 200]);
});
