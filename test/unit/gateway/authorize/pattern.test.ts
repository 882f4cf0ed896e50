// Patterns with stars, compared with regular expressions of the same meaning.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compilePattern, maxValueLength } from '../../../../src/gateway/authorize/pattern.ts';

// Pattern, separator, values that match, values that do not.
const cases: readonly (readonly [string, string | undefined, readonly string[], readonly string[]])[] = [
  ['a', undefined, ['a'], ['', 'A', 'aa', ' a', 'a ']],
  ['', undefined, [''], ['a']],
  ['*', undefined, ['', 'a', 'a/b.c'], []],
  ['*', '/', ['', 'a', 'a.b'], ['/', 'a/b']],
  ['**', '/', ['', 'a', '/', 'a/b'], []],
  ['client-*', undefined, ['client-', 'client-7', 'client-a b'], ['client', 'xclient-7', 'Client-7']],
  ['*-client', undefined, ['-client', 'a-client'], ['client', 'a-client ']],
  ['a*a', undefined, ['aa', 'aba', 'aaa'], ['a', 'ab', 'ba']],
  ['a*b*c', undefined, ['abc', 'axbxc', 'abbcc', 'abcbc'], ['ac', 'acb', 'abcd']],
  ['*.a.example', '.', ['x.a.example', '.a.example'], ['a.example', 'x.y.a.example', 'xa.example', 'x.a.example.org']],
  ['**.a.example', '.', ['x.a.example', 'x.y.a.example'], ['a.example', 'xa.example']],
  [
    'spiffe://a/**',
    '/',
    ['spiffe://a/', 'spiffe://a/x', 'spiffe://a/x/y'],
    ['spiffe://a', 'spiffe://ab/x', 'spiffe://b/a/'],
  ],
  ['spiffe://a/*/x', '/', ['spiffe://a/n/x', 'spiffe://a//x'], ['spiffe://a/n/m/x', 'spiffe://a/n/y', 'spiffe://a/x']],
  ['a/**/z/*', '/', ['a/b/z/c', 'a/b/c/z/', 'a//z/z'], ['a/z/c', 'a/b/z', 'a/b/z/c/d']],
  ['/*x*/', '/', ['/x/', '/axb/', '/xx/'], ['//', '/a/x/', '/x']],
  ['***', '/', ['', 'a/b'], []],
  ['.*', undefined, ['.', '.x'], ['', 'x']],
  ['[a-z]+*', undefined, ['[a-z]+', '[a-z]+x'], ['a', 'ab']],
];

for (const [pattern, separator, matching, others] of cases) {
  test(`${JSON.stringify(pattern)}${separator === undefined ? '' : ` with ${separator}`}`, () => {
    const matches = compilePattern(pattern, separator);
    for (const value of matching) assert.equal(matches(value), true, JSON.stringify(value));
    for (const value of others) assert.equal(matches(value), false, JSON.stringify(value));
  });
}

test('a long value matches no star, and a pattern full of stars takes no time', () => {
  assert.equal(compilePattern('a*')('a'.repeat(maxValueLength)), true);
  assert.equal(compilePattern('a*')('a'.repeat(maxValueLength + 1)), false);
  const matches = compilePattern(`${'**a*a'.repeat(20)}b`, '/');
  const start = performance.now();
  assert.equal(matches('a'.repeat(maxValueLength - 1)), false);
  assert.ok(performance.now() - start < 1000, 'backtracking would not end in this life');
});

test('it matches what the same pattern matches as a regular expression', () => {
  const pattern = fc.string({ unit: fc.constantFrom('*', '*', 'a', 'b', '/'), maxLength: 8 });
  const value = fc.string({ unit: fc.constantFrom('a', 'a', 'b', '/'), maxLength: 10 });
  let matching = 0;
  fc.assert(
    fc.property(pattern, value, (text, candidate) => {
      const source = text.replaceAll(/\*+/g, (stars) => (stars.length > 1 ? '[^]*' : '[^/]*'));
      const expected = new RegExp(`^${source}$`).test(candidate);
      if (expected) matching += 1;
      assert.equal(compilePattern(text, '/')(candidate), expected);
    }),
    { seed: 9, numRuns: 10_000 },
  );
  assert.ok(matching > 500, `${matching} matching`);
});

test('never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (pattern, value) => {
      compilePattern(pattern)(value);
      compilePattern(`*${pattern}**${value}*`, '.')(value);
    }),
    { seed: 10, numRuns: 1000 },
  );
});
