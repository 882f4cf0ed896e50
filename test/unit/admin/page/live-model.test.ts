import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SecondEvent } from '../../../../src/admin/events.ts';
import { joinHistory, withRefusal, withSecond } from '../../../../src/admin/page/live-model.js';
import { makeRefusal, makeSnapshot } from '../../../support/make-snapshot.ts';

const nowMs = Date.UTC(2026, 2, 1);
const snapshot = makeSnapshot({ nowMs, historySeconds: 600 });
const { history } = snapshot;
const nextSecond = history.firstSecond + 600;

const secondEvent = (second: number, requests: number): SecondEvent => ({
  second,
  now: { ...snapshot.now, requestsPerSecond: requests },
  requests,
  refusals: 1,
  p50Ms: 2,
  p99Ms: 9,
  connections: 5,
  requestsInFlight: 1,
  bytesReceived: 10,
  bytesSent: 20,
});

test('a second goes to the end of the history, and the oldest leaves it', () => {
  const next = withSecond(snapshot, secondEvent(nextSecond, 77));
  assert.equal(next.history.requests.length, 600);
  assert.equal(next.history.requests.at(-1), 77);
  assert.equal(next.history.firstSecond, history.firstSecond + 1);
  assert.deepEqual(next.history.requests.slice(0, -1), history.requests.slice(1));
  assert.equal(next.now.requestsPerSecond, 77);
  assert.equal(snapshot.history.requests.at(-1), history.requests.at(-1), 'what was given is as it was');
});

test('a second that is known changes nothing', () => {
  assert.equal(withSecond(snapshot, secondEvent(nextSecond - 1, 77)), snapshot);
});

test('seconds that were missed are empty, and the later ones stay in their places', () => {
  const next = withSecond(snapshot, secondEvent(nextSecond + 3, 77)).history;
  assert.deepEqual(next.requests.slice(-4), [0, 0, 0, 77]);
  assert.deepEqual(next.p50Ms.slice(-4), [null, null, null, 2]);
  assert.equal(next.firstSecond + next.requests.length - 1, nextSecond + 3);
});

test('a refusal stands first, and is counted once', () => {
  const entry = makeRefusal(0, nowMs, { id: '0.999999' });
  const once = withRefusal(snapshot, entry);
  assert.equal(once.refusals.entries[0], entry);
  assert.equal(once.totals.refusals, snapshot.totals.refusals + 1);
  const countIn = ({ refusalsByReason }: typeof snapshot) =>
    refusalsByReason.find(({ code }) => code === entry.code)?.count ?? 0;
  assert.equal(countIn(once), countIn(snapshot) + 1);
  assert.equal(withRefusal(once, entry), once);
});

test('a reason that is new is put where its count belongs', () => {
  const entry = makeRefusal(0, nowMs, { id: '0.999999', code: 'route-not-found', title: 'No route' });
  const reasons = withRefusal(snapshot, entry).refusalsByReason;
  assert.equal(reasons.at(-1)?.code, 'route-not-found');
  assert.equal(reasons.at(-1)?.count, 1);
});

test('no more refusals are kept than the gateway keeps', () => {
  const full = { ...snapshot, refusals: { ...snapshot.refusals, capacity: snapshot.refusals.entries.length } };
  const next = withRefusal(full, makeRefusal(0, nowMs, { id: '0.999999' }));
  assert.equal(next.refusals.entries.length, full.refusals.capacity);
});

test('a snapshot that brings only the newest seconds is joined to the ones before', () => {
  const since = (count: number) => ({
    ...snapshot,
    history: {
      firstSecond: nextSecond,
      requests: Array(count).fill(5),
      refusals: Array(count).fill(0),
      p50Ms: Array(count).fill(null),
      p99Ms: Array(count).fill(null),
      connections: Array(count).fill(1),
      bytesReceived: Array(count).fill(0),
      bytesSent: Array(count).fill(0),
    },
  });
  const joined = joinHistory(snapshot, since(3)).history;
  assert.deepEqual(joined.requests, [...history.requests.slice(3), 5, 5, 5]);
  assert.equal(joined.firstSecond, history.firstSecond + 3);
  assert.deepEqual(joinHistory(snapshot, since(0)).history, history);
});

test('after a restart, or a gap, only what came counts', () => {
  const restarted = { ...makeSnapshot({ nowMs: nowMs + 5000, historySeconds: 4 }) };
  const other = { ...restarted, program: { ...restarted.program, startedAtMs: nowMs } };
  assert.equal(joinHistory(snapshot, other), other);
  const late = { ...snapshot, history: { ...history, firstSecond: nextSecond + 5 } };
  assert.equal(joinHistory(snapshot, late), late);
  assert.equal(joinHistory(undefined, snapshot), snapshot);
});
