import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRequestIds } from '../../../src/gateway/request-ids.ts';

test('ids are 32 lower-case hexadecimal digits, and none comes twice, across many blocks', () => {
  const next = createRequestIds();
  const ids = Array.from({ length: 2000 }, next);
  assert.ok(ids.every((id) => /^[0-9a-f]{32}$/.test(id)));
  assert.equal(new Set(ids).size, ids.length);
});

test('two sources draw different ids', () => {
  const [one, other] = [createRequestIds(), createRequestIds()];
  const ids = new Set(Array.from({ length: 300 }, () => [one(), other()]).flat());
  assert.equal(ids.size, 600);
});
