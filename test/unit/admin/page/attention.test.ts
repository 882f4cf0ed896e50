import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAttention } from '../../../../src/admin/page/attention.js';
import { makeSnapshot } from '../../../support/make-snapshot.ts';

const nowMs = Date.UTC(2026, 2, 1);

test('nothing needs attention where all is well', () => {
  assert.deepEqual(findAttention(makeSnapshot({ nowMs })), []);
});

test('what is wrong comes before what will be, each once, with the view that tells more', () => {
  const found = findAttention(makeSnapshot({ nowMs, trouble: true }));
  assert.deepEqual(
    found.map(({ level, view }) => `${level} ${view}`),
    ['bad certificates', 'bad upstreams', 'bad configuration', 'warn certificates'],
  );
  assert.match(found[0]?.text ?? '', /clients\.crl .* has expired/);
  assert.match(found[1]?.text ?? '', /orders-2.* is down: connect ECONNREFUSED/);
  assert.match(found[2]?.text ?? '', /^The last reload failed: mutual\.yaml:17:9: .*`upstream`\?$/);
  assert.equal(found[3]?.text, 'The server certificate CN=service1.company-b.example,O=Company B ends in 9 days');
});

test('an end that readiness does not speak of is told as well', () => {
  const { readiness: _, ...rest } = makeSnapshot({ nowMs, trouble: true });
  const [first] = findAttention({ ...rest, readiness: { ready: true, reasons: [] } });
  assert.match(first?.text ?? '', /^The revocation list CN=Company B Clients CA,O=Company B ended on 2026-02-2\d$/);
});

test('an upstream that fails and is still asked is a warning', () => {
  const snapshot = makeSnapshot({ nowMs });
  const [orders, ...others] = snapshot.upstreams;
  assert.ok(orders);
  const servers = orders.servers.map((server) => ({ ...server, why: 'timed out' }));
  const found = findAttention({ ...snapshot, upstreams: [{ ...orders, servers }, ...others] });
  assert.deepEqual([...new Set(found.map(({ level }) => level))], ['warn']);
});

test('a process whose timers are late is told', () => {
  const snapshot = makeSnapshot({ nowMs });
  const processes = snapshot.processes.map((one) => ({ ...one, eventLoopLagMs: { mean: 90, p99: 412, max: 900 } }));
  assert.deepEqual(
    findAttention({ ...snapshot, processes }).map(({ text }) => text),
    ['The process is busy: its timers are up to 412 ms late'],
  );
});
