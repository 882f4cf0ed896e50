import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headBuffers } from '../../../../../src/gateway/http/connection/head-buffers.ts';

test('a line moves into a large buffer of its own, of which there are so many', () => {
  const buffers = headBuffers(100, { number: 2, size: 200 });
  assert.equal(buffers.fits(0, 100), true);
  assert.equal(buffers.fits(100, 290), true);
  assert.equal(buffers.fits(290, 480), true);
  assert.equal(buffers.fits(480, 500), false);
});

test('a line longer than a large buffer does not fit', () => {
  assert.equal(headBuffers(100, { number: 4, size: 200 }).fits(0, 200), true);
  assert.equal(headBuffers(100, { number: 4, size: 200 }).fits(0, 201), false);
});

test('the first buffer may be the largest', () => {
  assert.equal(headBuffers(1000, { number: 4, size: 200 }).fits(0, 1000), true);
  assert.equal(headBuffers(1000, { number: 4, size: 200 }).fits(0, 1001), false);
});
