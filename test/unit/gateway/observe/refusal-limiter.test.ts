import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRefusalLimiter } from '../../../../src/gateway/observe/refusal-limiter.ts';

function limited(perSecond: number) {
  const told: (readonly [string, number])[] = [];
  return {
    told,
    ...createRefusalLimiter({ perSecond: () => perSecond, onMore: (code, count) => told.push([code, count]) }),
  };
}

test('so many of each code a second, and the rest as a number', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { admit, told } = limited(2);
  const answers = Array.from({ length: 5 }, () => admit('not-allowed'));
  assert.deepEqual(answers, [true, true, false, false, false]);
  assert.equal(admit('request-invalid'), true);
  t.mock.timers.tick(1000);
  assert.deepEqual(told, [['not-allowed', 3]]);
  assert.equal(admit('not-allowed'), true);
  t.mock.timers.tick(1000);
  assert.equal(told.length, 1);
});

test('every refusal is a line or in a number', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { admit, told, flush } = limited(50);
  let lines = 0;
  for (let i = 0; i < 10_000; i += 1) {
    if (admit('handshake-failed')) lines += 1;
    if (i % 7 === 0) t.mock.timers.tick(3);
  }
  flush();
  assert.equal(
    told.reduce((sum, [, count]) => sum + count, lines),
    10_000,
  );
  assert.ok(told.length > 1 && lines < 500);
});

test('what is counted when the program ends is told then', () => {
  const { admit, told, flush } = limited(1);
  admit('not-allowed');
  admit('not-allowed');
  flush();
  flush();
  assert.deepEqual(told, [['not-allowed', 1]]);
});

test('without a limit every refusal is a line', () => {
  const { admit, told, flush } = limited(0);
  for (let i = 0; i < 1000; i += 1) assert.equal(admit('not-allowed'), true);
  flush();
  assert.deepEqual(told, []);
});
