import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CredentialItem } from '../../../../src/gateway/status/credential-items.ts';
import { createExpiryWatch, decideExpiryNotices } from '../../../../src/gateway/status/expiry-watch.ts';

const dayMs = 24 * 60 * 60 * 1000;
const item: CredentialItem = {
  kind: 'crl',
  name: 'CN=ca',
  file: '/etc/ca.crl',
  usedBy: ['server a'],
  notBeforeMs: 0,
  nearFromMs: 10 * dayMs,
  notAfterMs: 12 * dayMs,
  certificate: null,
  revoked: 3,
};

test('what comes near its end is told once a day, and what has ended', () => {
  const said = new Map();
  const states = (nowMs: number) => decideExpiryNotices([item], said, nowMs).map(({ state }) => state);
  assert.deepEqual(states(0), []);
  assert.deepEqual(states(10 * dayMs), []);
  assert.deepEqual(states(10 * dayMs + 1), ['ends-soon']);
  assert.deepEqual(states(10 * dayMs + 60_000), []);
  assert.deepEqual(states(11 * dayMs + 2), ['ends-soon']);
  assert.deepEqual(states(12 * dayMs + 1), ['ended']);
  assert.deepEqual(states(12 * dayMs + 60_000), []);
  assert.deepEqual(states(13 * dayMs + 2), ['ended']);
});

test('one that was read just now was told when it was read', () => {
  assert.deepEqual(decideExpiryNotices([item], new Map(), 11 * dayMs), []);
});

test('one that was replaced is forgotten, and one without an end never told', () => {
  const said = new Map();
  decideExpiryNotices([item], said, 0);
  const endless = { ...item, nearFromMs: null, notAfterMs: null };
  decideExpiryNotices([endless], said, 0);
  assert.equal(said.size, 1);
  assert.deepEqual(decideExpiryNotices([endless], said, 1e15), []);
});

test('the log names file and date: a warning before, an error after', (t) => {
  let nowMs = 0;
  const lines: string[] = [];
  const log = {
    warn: (_facts: object, text: string) => lines.push(`warn ${text}`),
    error: (_facts: object, text: string) => lines.push(`error ${text}`),
  };
  const watch = createExpiryWatch({ items: () => [item], log: log as never, now: () => nowMs });
  t.after(() => watch.close());
  for (const day of [0, 11, 12.5]) {
    nowMs = day * dayMs;
    watch.look();
  }
  const what = 'the revocation list /etc/ca.crl (CN=ca) runs out on 1970-01-13T00:00:00.000Z';
  assert.deepEqual(lines, [`warn ${what}: replace it before`, `error ${what.replace('runs', 'ran')}: replace it now`]);
});
