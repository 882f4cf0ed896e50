import assert from 'node:assert/strict';
import { test } from 'node:test';
import { murmurHash2 } from '../../../../../src/gateway/http/variables/murmur-hash2.ts';

test('the values of the reference, with the length for a seed', () => {
  // What nginx's split_clients computes: "" is 0, and longer texts are spread over 32 bits.
  assert.equal(murmurHash2(Buffer.alloc(0)), 0);
  const seen = new Set(Array.from({ length: 1000 }, (_, index) => murmurHash2(Buffer.from(`client-${index}`))));
  assert.equal(seen.size, 1000);
  const low = [...seen].filter((hash) => hash < 2 ** 31).length;
  assert.ok(low > 430 && low < 570, String(low));
});
