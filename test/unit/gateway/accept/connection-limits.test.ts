import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConnectionLimits } from '../../../../src/gateway/accept/connection-limits.ts';

test('no more than the limit, in all and for an address', () => {
  const limits = createConnectionLimits(() => ({ maxConnections: 3, maxConnectionsPerAddress: 2 }));
  const first = limits.take('192.0.2.1');
  assert.ok(first && limits.take('192.0.2.1'));
  assert.equal(limits.take('192.0.2.1'), undefined, 'a third of the same address');
  assert.ok(limits.take('192.0.2.2'));
  assert.equal(limits.take('192.0.2.3'), undefined, 'a fourth of anybody');
  assert.equal(limits.open, 3);
  first();
  first();
  assert.equal(limits.open, 2, 'a place is given back once');
  assert.ok(limits.take('192.0.2.1'));
});

test('0 is no limit', () => {
  const limits = createConnectionLimits(() => ({ maxConnections: 0, maxConnectionsPerAddress: 0 }));
  for (let i = 0; i < 100; i += 1) assert.ok(limits.take('192.0.2.1'));
});

test('without an address it counts only among all', () => {
  const limits = createConnectionLimits(() => ({ maxConnections: 3, maxConnectionsPerAddress: 1 }));
  const first = limits.take(undefined);
  assert.ok(first && limits.take(undefined) && limits.take('192.0.2.1'));
  assert.equal(limits.take(undefined), undefined, 'a fourth of anybody');
  first();
  assert.equal(limits.take('192.0.2.1'), undefined);
  assert.ok(limits.take('192.0.2.2'));
});
