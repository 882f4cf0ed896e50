// The longest prefix, compared with a search through all of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createPrefixIndex } from '../../../../src/gateway/authorize/prefix-index.ts';

function longest(prefixes: readonly string[], text: string): string | undefined {
  return createPrefixIndex(prefixes.map((prefix) => [prefix, prefix])).longest(text);
}

test('the longest prefix wins, wherever it stands', () => {
  assert.equal(longest(['/', '/a', '/a/b'], '/a/b/c'), '/a/b');
  assert.equal(longest(['/a/b', '/', '/a'], '/a/c'), '/a');
  assert.equal(longest(['/a/b', '/', '/a'], '/b'), '/');
});

test('nothing fits', () => {
  assert.equal(longest([], '/a'), undefined);
  assert.equal(longest(['/a', '/c'], '/b'), undefined);
  assert.equal(longest(['/a'], ''), undefined);
});

test('of equal prefixes the first counts', () => {
  const index = createPrefixIndex([
    ['/a', 1],
    ['/a', 2],
  ]);
  assert.equal(index.longest('/a'), 1);
});

test('it finds what a search through all prefixes finds', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '\u{1F600}'), maxLength: 6 });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 12 }), text, (prefixes, sought) => {
      const fitting = prefixes.filter((prefix) => sought.startsWith(prefix)).sort((a, b) => b.length - a.length);
      assert.equal(longest(prefixes, sought), fitting[0]);
    }),
    { seed: 4, numRuns: 3000 },
  );
});
