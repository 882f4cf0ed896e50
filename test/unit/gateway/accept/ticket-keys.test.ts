import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deriveTicketKeys, type TicketFacts } from '../../../../src/gateway/accept/ticket-keys.ts';

const secret = Buffer.alloc(48, 'secret');
const facts: TicketFacts = { server: 'a', trust: 'b', verify: 'required', refuse: 'handshake', certificate: 'c' };
const keysOf = (changes: Partial<TicketFacts> = {}, from = secret): string =>
  deriveTicketKeys(from, { ...facts, ...changes }).toString('hex');

test('what is the same everywhere has the same keys everywhere', () => {
  assert.equal(keysOf(), keysOf());
  assert.equal(keysOf().length, 96);
});

test('whatever differs, the keys differ', () => {
  const all = [
    keysOf(),
    keysOf({ server: 'b' }),
    keysOf({ trust: '' }),
    keysOf({ verify: 'optional' }),
    keysOf({ refuse: 'http' }),
    keysOf({ certificate: '' }),
    keysOf({ server: 'a,b', trust: '' }),
    keysOf({}, Buffer.alloc(48, 'other')),
    keysOf({}, Buffer.alloc(80, 'secret')),
  ];
  assert.equal(new Set(all).size, all.length);
  // Neither in part: the first 16 bytes are sent in the clear.
  assert.equal(new Set(all.map((keys) => keys.slice(0, 32))).size, all.length);
});

test('trust of any size is taken', () => {
  assert.equal(keysOf({ trust: 'x'.repeat(100_000) }).length, 96);
});
