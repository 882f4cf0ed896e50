import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHttpDate, printHttpDate } from '../../../../../src/gateway/http/response/http-date.ts';

test('printed and read again', () => {
  for (const seconds of [0, 784_111_777, 1_795_000_000]) assert.equal(parseHttpDate(printHttpDate(seconds)), seconds);
  assert.equal(printHttpDate(784_111_777), 'Sun, 06 Nov 1994 08:49:37 GMT');
});

test('the older forms are read, too', () => {
  for (const text of ['Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) {
    assert.equal(parseHttpDate(text), 784_111_777, text);
  }
});

test('what is no date is none', () => {
  for (const text of ['', 'now', 'Sun, 06 Xxx 1994 08:49:37 GMT']) assert.equal(parseHttpDate(text), undefined, text);
});
