import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPauses, type Pauses } from '../../../src/credentials/pauses.ts';

const start = 1_000_000;

function setUp(): { pauses: Pauses; advance(ms: number): void } {
  let now = start;
  return {
    pauses: createPauses({ now: () => now, maxEntries: 10, firstMs: 1000, longestMs: 10_000 }),
    advance: (ms) => {
      now += ms;
    },
  };
}

test('each failure doubles the pause, up to the longest', () => {
  const { pauses, advance } = setUp();
  for (const pauseMs of [1000, 2000, 4000, 8000, 10_000, 10_000]) {
    assert.equal(pauses.pauseOf('x'), undefined);
    pauses.begin('x', 100).failed('why');
    advance(pauseMs - 1);
    assert.equal(pauses.pauseOf('x')?.reason, 'why', String(pauseMs));
    advance(1);
  }
  assert.equal(pauses.pauseOf('y'), undefined);
});

test('a success ends it and begins from the first', () => {
  const { pauses, advance } = setUp();
  assert.equal(pauses.begin('x', 100).succeeded(), false);
  pauses.begin('x', 100).failed('why');
  advance(1000);
  assert.equal(pauses.begin('x', 100).succeeded(), true);
  assert.equal(pauses.pauseOf('x'), undefined);
  assert.equal(pauses.begin('x', 100).failed('why')?.untilMs, start + 2000);
});

test('after a pause one tries and the others wait for it, but not for ever', () => {
  const { pauses, advance } = setUp();
  pauses.begin('x', 100).failed('why');
  advance(1000);
  const probe = pauses.begin('x', 100);
  assert.equal(pauses.pauseOf('x')?.untilMs, start + 1100);
  advance(100);
  assert.equal(pauses.pauseOf('x'), undefined);
  assert.equal(probe.failed('again')?.untilMs, start + 1100 + 2000);
});

test('tries that fail together count as one failure', () => {
  const { pauses } = setUp();
  const tries = [1, 2, 3].map(() => pauses.begin('x', 100));
  assert.equal(tries[0]?.failed('first')?.untilMs, start + 1000);
  assert.equal(tries[1]?.failed('second'), undefined);
  assert.equal(tries[2]?.failed('third'), undefined);
  assert.equal(pauses.pauseOf('x')?.reason, 'first');
  assert.equal(pauses.pauseOf('x')?.untilMs, start + 1000);
});

test('a clock that is set back ends a pause', () => {
  const { pauses, advance } = setUp();
  pauses.begin('x', 100).failed('why');
  advance(-1);
  assert.equal(pauses.pauseOf('x'), undefined);
});
