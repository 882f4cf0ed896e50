// The strict reader of response heads, each vector cut at every byte.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createResponseHeadParser,
  type ParsedResponseHead,
  type ResponseHeadResult,
} from '../../../../../src/gateway/forward/express/response-head-parser.ts';

const parse = createResponseHeadParser();

function read(text: string): ResponseHeadResult {
  return parse(Buffer.from(text, 'latin1'), 0);
}

function headOf(...lines: readonly string[]): ParsedResponseHead {
  const text = `${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\n`;
  for (let length = 0; length < text.length; length += 1) {
    assert.equal(read(text.slice(0, length)).kind, 'incomplete', text.slice(0, length));
  }
  const result = read(text);
  assert.ok(result.kind === 'head', JSON.stringify(result));
  return result;
}

test('status, text and fields are read as they stand', () => {
  const text = 'HTTP/1.1 207 Multi-Status  \xfc \r\nX-A:  1 \r\nx-a: \r\n\r\nbody';
  const result = read(text);
  assert.ok(result.kind === 'head');
  assert.deepEqual([result.status, result.statusText], [207, 'Multi-Status  \xfc ']);
  assert.deepEqual(result.rawHeaders, ['X-A', '1', 'x-a', '']);
  assert.equal(result.end, text.length - 4);
});

test('a status needs no text, and no space before none', () => {
  for (const line of ['HTTP/1.1 200', 'HTTP/1.1 200 ']) {
    const result = read(`${line}\r\n\r\n`);
    assert.ok(result.kind === 'head');
    assert.deepEqual([result.status, result.statusText], [200, '']);
  }
});

describe('where the body ends', () => {
  test('is said by a length, by chunks, or by nothing', () => {
    assert.equal(headOf('Content-Length: 5').length, 5);
    assert.equal(headOf('content-length:0').length, 0);
    assert.equal(headOf('Transfer-Encoding: Chunked').length, 'chunked');
    assert.equal(headOf('X-A: 1').length, 'until-close');
  });

  for (const lines of [
    ['Content-Length: 5', 'Content-Length: 5'],
    ['Content-Length: 5', 'Content-Length: 6'],
    ['Content-Length: 5, 5'],
    ['Content-Length: +5'],
    ['Content-Length: -5'],
    ['Content-Length: 0x5'],
    ['Content-Length: 5 5'],
    ['Content-Length:'],
    ['Content-Length: 99999999999999999999'],
    ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Content-Length: 5'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: gzip, chunked'],
    ['Transfer-Encoding: chunked, identity'],
    ['Transfer-Encoding: identity'],
    ['Transfer-Encoding:'],
  ]) {
    test(`is not said by ${lines.join(' and ')}`, () => {
      assert.equal(read(`${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\n`).kind, 'invalid');
    });
  }
});

test('whether the connection lives on', () => {
  assert.equal(headOf('X-A: 1').persistent, true);
  assert.equal(headOf('Connection: keep-alive').persistent, true);
  assert.equal(headOf('Connection: x, Close').persistent, false);
  const old = read('HTTP/1.0 200 OK\r\n\r\n');
  assert.ok(old.kind === 'head');
  assert.equal(old.persistent, false);
  const kept = read('HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n');
  assert.ok(kept.kind === 'head');
  assert.equal(kept.persistent, true);
  assert.equal(headOf('Keep-Alive: timeout=5').keepAlive, 'timeout=5');
});

const invalid: Readonly<Record<string, string>> = {
  'another protocol': 'SSH-2.0-OpenSSH\r\n',
  'another version': 'HTTP/2.0 200 OK\r\n\r\n',
  'version 1.2': 'HTTP/1.2 200 OK\r\n\r\n',
  'a status of two digits': 'HTTP/1.1 20 OK\r\n\r\n',
  'a status of four digits': 'HTTP/1.1 2000 OK\r\n\r\n',
  'a status with a letter': 'HTTP/1.1 2x0 OK\r\n\r\n',
  'two spaces': 'HTTP/1.1  200 OK\r\n\r\n',
  'a line feed alone': 'HTTP/1.1 200 OK\n\r\n',
  'a carriage return in the text': 'HTTP/1.1 200 O\rK\r\n\r\n',
  'a folded line': 'HTTP/1.1 200 OK\r\nX-A: 1\r\n 2\r\n\r\n',
  'a space before a colon': 'HTTP/1.1 200 OK\r\nX-A : 1\r\n\r\n',
  'a NUL in a value': 'HTTP/1.1 200 OK\r\nX-A: \0\r\n\r\n',
  'a field that ends in a line feed': 'HTTP/1.1 200 OK\r\nX-A: 1\n\r\n',
  'a TLS alert': '\x15\x03\x01\x00\x02\x02\x46',
};

for (const [what, text] of Object.entries(invalid)) {
  test(`${what} is no response, wherever it is cut`, () => {
    const kinds = new Set(Array.from({ length: text.length }, (_, length) => read(text.slice(0, length)).kind));
    assert.equal(kinds.has('head'), false);
    assert.equal(read(text).kind, 'invalid');
  });
}

test('a head without an end is too large at some time', () => {
  assert.equal(read(`HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(60_000)}`).kind, 'incomplete');
  const result = read(`HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(70_000)}`);
  assert.ok(result.kind === 'invalid');
  assert.match(result.reason, /too large/);
  assert.equal(read(`HTTP/1.1 200 ${'a'.repeat(70_000)}`).kind, 'invalid');
});
