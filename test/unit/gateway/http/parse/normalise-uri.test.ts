import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnsafeUri, normaliseUri } from '../../../../../src/gateway/http/parse/normalise-uri.ts';

for (const [target, uri, args] of [
  ['/', '/', undefined],
  ['/a?b=%20', '/a', 'b=%20'],
  ['/a//b///c', '/a/b/c', undefined],
  ['/a/./b/../c', '/a/c', undefined],
  ['/a/..', '/', undefined],
  ['/a/.', '/a/', undefined],
  ['/%41%2f%2F.%2e', '/', undefined],
  ['/%41%2fb', '/A/b', undefined],
  ['/%25%23%3F', '/%#?', undefined],
  ['/a#b?c', '/a', undefined],
  ['/a?b#c', '/a', 'b'],
  ['?a', '/', 'a'],
  ['/a...b', '/a...b', undefined],
  ['/.well-known', '/.well-known', undefined],
] as const) {
  test(`${target} is ${uri}`, () => {
    const normalised = normaliseUri(target, true);
    assert.deepEqual([normalised?.uri, normalised?.args], [uri, args]);
  });
}

test('slashes stay where they are not merged', () => {
  assert.equal(normaliseUri('/a//b', false)?.uri, '/a//b');
});

test('a way above the root, NUL and malformed escapes are no path', () => {
  for (const target of ['/..', '/a/../..', '/%2e%2e', '/%00', '/%', '/%zz', '/%4']) {
    assert.equal(normaliseUri(target, true), undefined, target);
  }
});

test('a way up is unsafe, dots in a name are not', () => {
  for (const uri of ['', '..', '/a/..', '/../a', 'a\0']) assert.equal(isUnsafeUri(uri), true, uri);
  for (const uri of ['/a', '/a..b', '/...']) assert.equal(isUnsafeUri(uri), false, uri);
});
