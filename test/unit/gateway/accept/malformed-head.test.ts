import assert from 'node:assert/strict';
import { test } from 'node:test';
import { malformedHead } from '../../../../src/gateway/accept/malformed-head.ts';

const headOf = (text: string, at: number, first = true) => malformedHead(Buffer.from(text, 'latin1'), at, first);

test('a request line that can be read is read', () => {
  const text = 'GET /a?b HTTP/1.1\r\nBad Header: x\r\n\r\n';
  const { line, method, target, httpVersion } = headOf(text, 22);
  assert.deepEqual([line, method, target, httpVersion], ['GET /a?b HTTP/1.1', 'GET', '/a?b', '1.1']);
});

test('one that cannot be read stands as it came', () => {
  for (const line of ['\x16\x03\x01\0', 'GET  / HTTP/1.1', 'EHLO a', 'GET / HTTP/1']) {
    const head = headOf(`${line}\r\nX: 1\r\n`, 1);
    assert.deepEqual([head.line, head.method, head.target, head.httpVersion], [line, '', '', '']);
  }
});

test('what did not come is not there', () => {
  assert.equal(malformedHead(undefined, 0, true).line, '');
  assert.equal(headOf('GET / HT', 8).line, 'GET / HT');
  assert.equal(headOf('', 0).line, '');
});

test('behind requests that were good it is the line of the bad one', () => {
  const good = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n';
  assert.equal(headOf(`${good}BAD\t/b HTTP/1.1\r\n\r\n`, good.length + 3).line, 'BAD\t/b HTTP/1.1');
  assert.equal(headOf(`${good}GET /b HTTP/1.1\r\nA : b\r\n\r\n`, good.length + 19, false).line, 'GET /b HTTP/1.1');
});

test('what may be the rest of a head or of a body is not told', () => {
  const post = 'POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
  assert.equal(headOf(`${post}password=s3cret\r\n`, post.length + 3).line, '');
  assert.equal(headOf('Cookie: s3cret\r\nA : b\r\n\r\n', 18, false).line, '');
});

test('no line is longer than a log can bear', () => {
  assert.equal(headOf('x'.repeat(100_000), 1).line?.length, 1024);
});
