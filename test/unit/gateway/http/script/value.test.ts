import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsOf } from '../../../../../src/gateway/http/script/value.ts';

test('texts, variables and groups', () => {
  assert.deepEqual(partsOf(['a$b$', '{c}d$1'].join('')), [
    'a',
    { variable: 'b' },
    { variable: 'c' },
    'd',
    { capture: 1 },
  ]);
});

test('a group has one digit', () => {
  assert.deepEqual(partsOf('$10'), [{ capture: 1 }, '0']);
});

test('names are in lower case', () => {
  assert.deepEqual(partsOf('$Http_Host'), [{ variable: 'http_host' }]);
});

test('a dollar sign without a name is itself', () => {
  assert.deepEqual(partsOf('a$ b'), ['a$ b']);
});
