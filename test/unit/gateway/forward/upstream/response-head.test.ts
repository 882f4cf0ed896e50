import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  keepAliveHintMs,
  responseFault,
  switchFault,
} from '../../../../../src/gateway/forward/upstream/response-head.ts';

describe('the head of a response', () => {
  for (const statusCode of [200, 299, 304, 503, 599]) {
    test(`may have the status ${statusCode}`, () =>
      assert.equal(responseFault({ statusCode, headers: {} }), undefined));
  }
  for (const statusCode of [0, 99, 100, 101, 199, 600, 999]) {
    test(`may not have the status ${statusCode}`, () =>
      assert.match(responseFault({ statusCode, headers: {} }) ?? '', new RegExp(`${statusCode}$`)));
  }
  for (const [coding, good] of [
    ['chunked', true],
    ['Chunked', true],
    ['gzip, chunked', false],
    ['identity', false],
    ['chunked, chunked', false],
  ] as const) {
    test(`${good ? 'may' : 'may not'} have the transfer coding ${coding}`, () => {
      const fault = responseFault({ statusCode: 200, headers: { 'transfer-encoding': coding } });
      assert.equal(fault === undefined, good);
    });
  }
});

describe('a switch of protocols', () => {
  for (const [offered, chosen, good] of [
    ['websocket', 'websocket', true],
    ['websocket', 'WebSocket', true],
    ['a/1, b/2', 'b/2', true],
    ['a/1, b/2', 'b/2, a/1', true],
    ['websocket', 'h2c', false],
    ['websocket', 'websocket, h2c', false],
    ['websocket', undefined, false],
    [undefined, 'websocket', false],
    ['', 'websocket', false],
  ] as const) {
    test(`from ${offered ?? 'no offer'} to ${chosen ?? 'nothing'} is ${good ? 'right' : 'wrong'}`, () => {
      const headers = chosen === undefined ? {} : { upgrade: chosen };
      assert.equal(switchFault({ headers }, offered) === undefined, good);
    });
  }
});

test('a hint how long a connection is kept is taken a second short', () => {
  assert.equal(keepAliveHintMs('timeout=5'), 4000);
  assert.equal(keepAliveHintMs('max=100, Timeout=60'), 59_000);
  assert.equal(keepAliveHintMs('timeout=0'), 0);
  for (const none of [undefined, '', 'max=5', 'timeout=soon', 'xtimeout=5', 'timeout=9999999']) {
    assert.equal(keepAliveHintMs(none), undefined, String(none));
  }
});
