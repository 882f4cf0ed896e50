import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSeconds, mergeSeconds, secondsKept } from '../../../../src/gateway/observe/seconds.ts';

const at = (second: number, ms = 0): number => second * 1000 + ms;
const requests = (seconds: ReturnType<typeof createSeconds>) => seconds.snapshot().seconds.map((one) => one.requests);

test('what is told between two ticks belongs to the second between them; seconds without traffic are there', () => {
  const seconds = createSeconds(at(100, 500));
  seconds.finished(5, 1, 10);
  seconds.finished(5, 1, 10);
  seconds.refused();
  seconds.tick(at(101, 5), 7);
  seconds.tick(at(103, 5), 8);
  seconds.finished(5, 0, 0);
  const { firstSecond, seconds: told } = seconds.snapshot();
  assert.equal(firstSecond, 100);
  assert.deepEqual(
    told.map(({ durations, ...rest }) => [rest, durations.length]),
    [
      [{ requests: 2, refusals: 1, bytesReceived: 2, bytesSent: 20, connections: 7 }, 2],
      [{ requests: 0, refusals: 0, bytesReceived: 0, bytesSent: 0, connections: 8 }, 0],
      [{ requests: 0, refusals: 0, bytesReceived: 0, bytesSent: 0, connections: 8 }, 0],
    ],
  );
});

test('a tick within the same second ends nothing', () => {
  const seconds = createSeconds(at(100));
  seconds.tick(at(100, 999), 0);
  assert.deepEqual(seconds.snapshot(), { firstSecond: 100, seconds: [] });
});

test('ten minutes are kept, and who asks for what is behind a second gets no more', () => {
  const seconds = createSeconds(at(1000));
  for (let second = 1000; second < 1000 + 3 * secondsKept; second += 1) {
    for (let count = 0; count < second % 3; count += 1) seconds.finished(1, 0, 0);
    seconds.tick(at(second + 1), 0);
  }
  const end = 1000 + 3 * secondsKept;
  const whole = seconds.snapshot();
  assert.equal(whole.seconds.length, secondsKept);
  assert.equal(whole.firstSecond, end - secondsKept);
  assert.deepEqual(
    whole.seconds.map((one) => one.requests),
    Array.from({ length: secondsKept }, (_, index) => (end - secondsKept + index) % 3),
  );
  assert.deepEqual(seconds.snapshot(end - 3), { firstSecond: end - 2, seconds: whole.seconds.slice(-2) });
  assert.deepEqual(seconds.snapshot(end + 5).seconds, []);
  assert.deepEqual(seconds.snapshot(Number.POSITIVE_INFINITY).seconds, []);
});

test('a clock that was set starts anew, and what comes then is counted', () => {
  for (const jump of [-3600, 3600]) {
    const seconds = createSeconds(at(10_000));
    seconds.finished(1, 0, 0);
    seconds.tick(at(10_001), 0);
    seconds.tick(at(10_001 + jump), 0);
    assert.deepEqual(requests(seconds), []);
    seconds.finished(1, 0, 0);
    seconds.tick(at(10_002 + jump), 0);
    assert.deepEqual(requests(seconds), [1]);
  }
});

test('processes are added up second by second, as far as all of them have come', () => {
  const one = createSeconds(at(100));
  const other = createSeconds(at(101));
  one.finished(1, 1, 1);
  one.tick(at(102), 3);
  other.finished(1, 1, 1);
  other.tick(at(104), 4);
  const merged = mergeSeconds([one.snapshot(), other.snapshot()]);
  assert.equal(merged.firstSecond, 100);
  assert.deepEqual(
    merged.seconds.map(({ requests, connections }) => [requests, connections]),
    [
      [1, 3],
      [1, 7],
    ],
  );
  assert.deepEqual(mergeSeconds([]).seconds, []);
});
