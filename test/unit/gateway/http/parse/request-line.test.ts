import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayBeginRequestLine, parseRequestLine } from '../../../../../src/gateway/http/parse/request-line.ts';

test('a request line is taken apart', () => {
  assert.deepEqual(parseRequestLine('GET /a?b HTTP/1.1'), {
    method: 'GET',
    target: '/a?b',
    scheme: undefined,
    host: undefined,
    version: 1001,
    protocol: 'HTTP/1.1',
  });
});

test('an absolute URI gives its host, and its path or none', () => {
  for (const [line, host, target] of [
    ['GET http://Host:99/x?y HTTP/1.1', 'Host', '/x?y'],
    ['GET http://host HTTP/1.1', 'host', '/'],
    ['GET http://host?a HTTP/1.1', 'host', '?a'],
    ['GET http://[::1]:80/ HTTP/1.1', '[::1]', '/'],
  ] as const) {
    const parsed = parseRequestLine(line);
    assert.ok(typeof parsed === 'object', line);
    assert.deepEqual([parsed.host, parsed.target], [host, target]);
  }
});

test('HTTP/0.9 has no version, and GET alone', () => {
  const parsed = parseRequestLine('GET /old');
  assert.ok(typeof parsed === 'object');
  assert.equal(parsed.version, 9);
  assert.equal(parseRequestLine('POST /old'), '0.9 method');
});

for (const [line, fault] of [
  ['get / HTTP/1.1', 'method'],
  ['G\tT / HTTP/1.1', 'method'],
  ['GET  HTTP/1.1', 'request'],
  ['GET /a b HTTP/1.1', 'request'],
  ['GET /\x01 HTTP/1.1', 'request'],
  ['GET * HTTP/1.1', 'request'],
  ['GET / HTTP/2.0', 'version'],
  ['GET / HTTP/1.1x', 'request'],
  ['GET /\r HTTP/1.1', 'request'],
] as const) {
  test(`refused: ${JSON.stringify(line)}`, () => assert.equal(parseRequestLine(line), fault));
}

test('what cannot become a request line is known before its end', () => {
  for (const begun of ['', 'G', 'GET', 'GET ', 'GET /a', 'GET http', 'GET / HTTP/1.1\r']) {
    assert.equal(mayBeginRequestLine(begun), true, begun);
  }
  for (const begun of ['g', '\x16\x03', 'GET \x01', 'GET *', ' '])
    assert.equal(mayBeginRequestLine(begun), false, begun);
});
