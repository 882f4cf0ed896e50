import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCounters } from '../../../../src/gateway/observe/counters.ts';

test('what happened is counted by its kind', () => {
  const counters = createCounters();
  counters.connectionOpened();
  counters.connectionOpened();
  counters.connectionClosed();
  counters.connectionRefused('handshake-failed');
  for (const status of [200, 204, 301, 404, 502, 0, 101]) counters.requestFinished(status, 1, 10);
  counters.requestRefused('not-allowed');
  counters.requestRefused('not-allowed');
  counters.reloaded(true);
  counters.reloaded(false);
  assert.deepEqual(counters.snapshot(), {
    connections: { opened: 2, closed: 1, refused: 1 },
    requests: { '1xx': 1, '2xx': 2, '3xx': 1, '4xx': 1, '5xx': 1, none: 1 },
    refusals: { 'handshake-failed': 1, 'not-allowed': 2 },
    requestBodyBytes: 7,
    responseBodyBytes: 70,
    reloads: { succeeded: 1, failed: 1 },
  });
});

test('a snapshot does not change any more', () => {
  const counters = createCounters();
  const before = counters.snapshot();
  counters.connectionOpened();
  counters.requestFinished(200, 0, 0);
  assert.equal(before.connections.opened, 0);
  assert.equal(before.requests['2xx'], 0);
});
