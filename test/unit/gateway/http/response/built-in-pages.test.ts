import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInPage } from '../../../../../src/gateway/http/response/built-in-pages.ts';

test('as long as those of nginx 1.22.1', () => {
  for (const [status, length] of [
    [404, 153],
    [496, 237],
    [495, 215],
    [497, 255],
    [494, 233],
  ] as const) {
    assert.equal(builtInPage(status, 'nginx/1.22.1', false)?.length, length, String(status));
  }
});

test('a status without a page has none', () => {
  for (const status of [200, 204, 402 + 100 * 5, 418]) assert.equal(builtInPage(status, 'nginx', false), undefined);
});

test('only errors are padded', () => {
  assert.ok((builtInPage(404, 'nginx', true)?.length ?? 0) > 500);
  assert.ok((builtInPage(301, 'nginx', true)?.length ?? 0) < 200);
});
