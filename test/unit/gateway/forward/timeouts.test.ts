import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTimeouts, type Timed } from '../../../../src/gateway/forward/timeouts.ts';

interface Probe extends Timed {
  fired: number;
}

function probe(): Probe {
  return {
    timeLimit: undefined,
    fired: 0,
    onTimeout() {
      this.fired += 1;
    },
  };
}

/** Timers of the test's own making, and a clock to go with them. */
function clockOf(t: import('node:test').TestContext): { readonly now: () => number; advance(ms: number): void } {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  return {
    now: () => now,
    advance(ms) {
      for (let i = 0; i < ms; i += 1) {
        now += 1;
        t.mock.timers.tick(1);
      }
    },
  };
}

test('what is not stopped runs out once, and not before its time', (t) => {
  const clock = clockOf(t);
  const timeouts = createTimeouts(clock.now);
  const [one, other] = [probe(), probe()];
  timeouts.start(one, 100);
  clock.advance(50);
  timeouts.start(other, 100);
  clock.advance(49);
  assert.deepEqual([one.fired, other.fired], [0, 0]);
  clock.advance(2);
  assert.deepEqual([one.fired, other.fired], [1, 0]);
  clock.advance(50);
  assert.deepEqual([one.fired, other.fired], [1, 1]);
  clock.advance(500);
  assert.deepEqual([one.fired, other.fired], [1, 1]);
});

test('a restart counts anew, also with another length', (t) => {
  const clock = clockOf(t);
  const timeouts = createTimeouts(clock.now);
  const one = probe();
  timeouts.start(one, 100);
  clock.advance(90);
  timeouts.start(one, 100);
  clock.advance(90);
  assert.equal(one.fired, 0);
  timeouts.start(one, 5);
  clock.advance(6);
  assert.equal(one.fired, 1);
});

test('what is stopped does not run out, and 0 is no limit', (t) => {
  const clock = clockOf(t);
  const timeouts = createTimeouts(clock.now);
  const [stopped, never, rest] = [probe(), probe(), probe()];
  timeouts.start(stopped, 100);
  timeouts.start(never, 100);
  timeouts.start(rest, 100);
  timeouts.stop(stopped);
  timeouts.start(never, 0);
  timeouts.stop(never);
  clock.advance(300);
  assert.deepEqual([stopped.fired, never.fired, rest.fired], [0, 0, 1]);
});

test('one that runs out may start and stop others', (t) => {
  const clock = clockOf(t);
  const timeouts = createTimeouts(clock.now);
  const victim = probe();
  const again: Probe = {
    ...probe(),
    onTimeout() {
      this.fired += 1;
      timeouts.stop(victim);
      if (this.fired < 3) timeouts.start(this, 10);
    },
  };
  timeouts.start(again, 10);
  timeouts.start(victim, 10);
  clock.advance(100);
  assert.deepEqual([again.fired, victim.fired], [3, 0]);
});

test('thousands of lengths are not remembered, and nothing fires after the end', (t) => {
  const clock = clockOf(t);
  const timeouts = createTimeouts(clock.now);
  const probes = Array.from({ length: 200 }, probe);
  for (const [index, one] of probes.entries()) timeouts.start(one, 10 + index);
  clock.advance(50);
  assert.equal(probes.filter(({ fired }) => fired === 1).length, 41);
  timeouts.close();
  clock.advance(500);
  assert.equal(probes.filter(({ fired }) => fired === 1).length, 41);
});
