import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nominatedNames } from '../../../../../src/gateway/forward/headers/hop-by-hop.ts';

const nominated = (...headers: string[]): string[] => [...(nominatedNames(headers) ?? [])];

test('names in a Connection header are nominated: any case, lists, repeated headers, odd white space', () => {
  assert.deepEqual(nominated('Connection', 'close, X-Foo'), ['x-foo']);
  assert.deepEqual(nominated('CONNECTION', 'x-a ,\tX-B,,', 'connection', 'X-C'), ['x-a', 'x-b', 'x-c']);
});

test('options that are no header nominate nothing', () => {
  assert.equal(nominatedNames(['Connection', 'keep-alive, Upgrade', 'Connection', 'close', 'X-Foo', 'x']), undefined);
  assert.equal(nominatedNames([]), undefined);
});

test('headers for the final recipient cannot be nominated', () => {
  assert.deepEqual(nominated('Connection', 'Host, authorization, Content-Length, Cookie, Cache-Control, x-mine'), [
    'x-mine',
  ]);
});
