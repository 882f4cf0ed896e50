import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChunkedBody } from '../../../../../src/gateway/http/parse/chunked-body.ts';

function read(text: string, size = text.length): { data: string; taken: number | undefined; done: boolean } {
  const body = createChunkedBody();
  let data = '';
  let taken = 0;
  for (let at = 0; at < text.length && !body.done; at += size) {
    const count = body.take(Buffer.from(text.slice(at, at + size), 'latin1'), (piece) => {
      data += piece.toString('latin1');
    });
    if (count === undefined) return { data, taken: undefined, done: false };
    taken += count;
  }
  return { data, taken, done: body.done };
}

const whole = '3;ext=1\r\nabc\r\nA\n0123456789\n0\r\nTrailer: x\r\n\r\n';

for (const size of [1, 2, 3, 7, 100]) {
  test(`the same data in pieces of ${size}`, () => {
    assert.deepEqual(read(whole, size), { data: 'abc0123456789', taken: whole.length, done: true });
  });
}

test('what comes behind its end is left', () => {
  assert.deepEqual(read('0\r\n\r\nGET /', 100), { data: '', taken: 5, done: true });
});

test('trailers are kept', () => {
  const body = createChunkedBody();
  body.take(Buffer.from('0\r\nA: b\r\nC: d\n\n'), () => {});
  assert.deepEqual(body.trailers, ['A: b', 'C: d']);
});

for (const text of ['x\r\n', '\r\n', '3\r\nabcd', '3 x\r\r', '-1\r\n', 'fffffffffffffff\r\n']) {
  test(`malformed: ${JSON.stringify(text)}`, () => assert.equal(read(text).taken, undefined));
}
