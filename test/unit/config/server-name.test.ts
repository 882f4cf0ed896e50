import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHostName, parseServerName } from '../../../src/config/server-name.ts';
import { assertRefused } from '../../support/refusal.ts';

test('names are canonical', () => {
  for (const [text, canonical] of [
    ['A.Example', 'a.example'],
    ['*.A.example', '*.a.example'],
    ['localhost', 'localhost'],
    ['my_service', 'my_service'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
    ['[0:0::1]', '[::1]'],
    ['münchen.example', 'xn--mnchen-3ya.example'],
    ['*.münchen.example', '*.xn--mnchen-3ya.example'],
  ] as const) {
    assert.equal(parseServerName(text), canonical);
    assert.equal(parseServerName(canonical), canonical);
  }
});

test('what could not be meant is refused with what to write', () => {
  assertRefused(() => parseServerName('_'), /leave `names` out/);
  assertRefused(() => parseServerName('*'), /leave `names` out/);
  assertRefused(() => parseServerName('~^www'), /regular expressions/);
  assertRefused(() => parseServerName('.a.example'), /write both "a.example" and "\*.a.example"/);
  assertRefused(() => parseServerName('a.example.'), /last dot/);
  assertRefused(() => parseServerName('a.example:443'), /no scheme, port or path/);
  assertRefused(() => parseServerName('a.example/b'), /no scheme, port or path/);
  assertRefused(() => parseServerName('www.*'), /only the first label/);
  assertRefused(() => parseServerName('*.*.example'), /only the first label/);
  assertRefused(() => parseServerName('a*.example'), /only the first label/);
  assertRefused(() => parseServerName('*.'), /last dot/);
  assertRefused(() => parseServerName('a..example'), /write host.example/);
  assertRefused(() => parseServerName('-a.example'), /write host.example/);
  assertRefused(() => parseServerName(`${'a'.repeat(64)}.example`), /write host.example/);
});

test('a host name is a host name', () => {
  assert.equal(parseHostName('A.Example'), 'a.example');
  assert.equal(parseHostName('127.1'), '127.1');
  for (const text of ['', 'a b', 'a:80', 'a/b', 'https://a', '.a', 'a.', 'a\nb', 'a%41', 'ä/b', 'ä%20', 'ä@b']) {
    assert.equal(parseHostName(text), undefined, text);
  }
});
