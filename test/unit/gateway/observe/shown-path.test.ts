import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownPath, shownReason } from '../../../../src/gateway/observe/shown-path.ts';

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

test('a reason quotes no secret of the client', () => {
  for (const [reason, shown] of [
    ['not a target: "/a?token=planted&b=planted"', 'not a target: "/a?token=…&b=…"'],
    ['not a target: "/a?planted"', 'not a target: "/a?…"'],
    ['"http://user:planted@host/"', '"http://…@host/"'],
    ['"//planted@host/"', '"//…@host/"'],
    ['authority "user:planted@host"', 'authority "…@host"'],
    [
      'no rule of route "/" allows CN=a,O=b; email "a@b.example"',
      'no rule of route "/" allows CN=a,O=b; email "a@b.example"',
    ],
    ['https://a.example:8443 did not answer within 5 ms', 'https://a.example:8443 did not answer within 5 ms'],
  ] as const) {
    assert.equal(shownReason(reason), shown);
  }
});
