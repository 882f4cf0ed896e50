import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashChooser, ipHashChooser } from '../../../../../src/gateway/http/proxy/hash-peers.ts';
import {
  chooseLeastConnections,
  chooseRoundRobin,
  createPeerChoice,
  type Peer,
} from '../../../../../src/gateway/http/proxy/peers.ts';

function peer(name: string, options: Partial<Peer> = {}): Peer {
  const weight = options.weight ?? 1;
  return {
    name,
    server: name,
    host: name,
    port: 80,
    socketPath: undefined,
    weight,
    maxFails: 1,
    failTimeoutMs: 10_000,
    maxConnections: 0,
    down: false,
    currentWeight: 0,
    effectiveWeight: weight,
    connections: 0,
    fails: 0,
    accessedMs: 0,
    checkedMs: 0,
    ...options,
  };
}

const none: ReadonlySet<Peer> = new Set();

test('weights are spread smoothly', () => {
  const peers = [peer('a', { weight: 5 }), peer('b'), peer('c')];
  const order = Array.from({ length: 7 }, () => chooseRoundRobin(peers, none, 0)?.name);
  assert.equal(order.join(''), 'aabacaa');
});

test('a peer that is down, full or tried is passed over', () => {
  const full = peer('full', { maxConnections: 1, connections: 1 });
  const tried = peer('tried');
  assert.equal(chooseRoundRobin([peer('down', { down: true }), full, tried], new Set([tried]), 0), undefined);
});

test('the fewest connections for its weight', () => {
  const peers = [peer('a', { connections: 2, weight: 1 }), peer('b', { connections: 3, weight: 2 })];
  assert.equal(chooseLeastConnections(peers, none, 0)?.name, 'b');
});

test('failures take a peer out, and time brings it back', () => {
  let now = 100_000;
  const peers = [peer('a'), peer('b')];
  const ask = (): string | undefined =>
    createPeerChoice({ peers, backups: [] }, chooseRoundRobin, () => now).next()?.name;
  const choice = createPeerChoice({ peers, backups: [] }, chooseRoundRobin, () => now);
  const first = choice.next();
  assert.ok(first !== undefined);
  assert.equal(choice.free(first, 'failed'), true);
  assert.deepEqual([ask(), ask(), ask()], ['b', 'b', 'b']);
  now += 11_000;
  assert.ok(Array.from({ length: 4 }, ask).includes('a'));
});

test('backups come when nobody else is left', () => {
  const choice = createPeerChoice({ peers: [peer('a')], backups: [peer('b')] }, chooseRoundRobin, () => 0);
  assert.equal(choice.tries, 2);
  assert.deepEqual([choice.next()?.name, choice.next()?.name, choice.next()], ['a', 'b', undefined]);
});

test('a single peer is never taken out', () => {
  const only = peer('a');
  for (let i = 0; i < 3; i += 1) {
    const choice = createPeerChoice({ peers: [only], backups: [] }, chooseRoundRobin, () => 0);
    assert.equal(choice.next(), only);
    choice.free(only, 'failed');
  }
  assert.equal(only.fails, 0);
});

test('the same key leads to the same peer', () => {
  const peers = [peer('a'), peer('b'), peer('c')];
  for (const key of ['x', 'y', '192.0.2.1']) {
    assert.equal(hashChooser(key)(peers, none, 0), hashChooser(key)(peers, none, 0));
  }
  // One network of 24 bits is one client.
  assert.equal(ipHashChooser('192.0.2.1')(peers, none, 0), ipHashChooser('192.0.2.200')(peers, none, 0));
});
