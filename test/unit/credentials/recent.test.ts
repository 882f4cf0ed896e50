import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecent } from '../../../src/credentials/recent.ts';

test('what was not asked for the longest goes first', () => {
  const recent = createRecent<number>(2);
  recent.set('a', 1);
  recent.set('b', 2);
  assert.equal(recent.get('a'), 1);
  recent.set('c', 3);
  assert.deepEqual([recent.get('a'), recent.get('b'), recent.get('c'), recent.size], [1, undefined, 3, 2]);
});

test('setting again replaces and counts as asking', () => {
  const recent = createRecent<number>(2);
  recent.set('a', 1);
  recent.set('b', 2);
  recent.set('a', 3);
  recent.set('c', 4);
  assert.deepEqual([recent.get('a'), recent.get('b'), recent.size], [3, undefined, 2]);
  recent.delete('a');
  assert.deepEqual([recent.get('a'), recent.size], [undefined, 1]);
});
