import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownPath } from '../../../../src/gateway/observe/shown-path.ts';

test('a path is shown, and of its query the names alone', () => {
  for (const [target, shown] of [
    ['/', '/'],
    ['/a/b%20c', '/a/b%20c'],
    ['/a?token=planted&b=planted', '/a?token=…&b=…'],
    ['/a?planted', '/a?…'],
    ['/a?b=planted=planted;c=planted', '/a?b=…&c=…'],
    ['/a#planted', '/a?…'],
    ['http://user:planted@host/a?b=planted', '/a?b=…'],
    ['http://planted?b=planted', '?b=…'],
    ['*', '*'],
    ['/a?', '/a?…'],
  ] as const) {
    assert.equal(shownPath(target), shown, target);
  }
});

test('it has an end', () => {
  assert.equal(shownPath(`/${'a'.repeat(30_000)}`).length, 512);
  assert.ok(shownPath(`/?${'a=1&'.repeat(10_000)}`).length < 100);
});
