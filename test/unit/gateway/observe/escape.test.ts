import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeLog, stringifyAscii } from '../../../../src/gateway/observe/escape.ts';

test('nginx’s escaping: controls, quote, backslash and all above 126', () => {
  assert.equal(escapeLog('a"b\\c\r\n\0\x1f \x7e\x7f\x80\xff'), 'a\\x22b\\x5Cc\\x0D\\x0A\\x00\\x1F ~\\x7F\\x80\\xFF');
  assert.equal(escapeLog("plain [text] '$'"), "plain [text] '$'");
});

test('what is no byte is escaped as UTF-8', () => {
  assert.equal(escapeLog('€🔑'), '\\xE2\\x82\\xAC\\xF0\\x9F\\x94\\x91');
});

test('JSON is ASCII on one line and means the same', () => {
  const value = { text: 'ü\u2028\u202e🔑\x7f\n"\\', number: 1, none: null };
  const text = stringifyAscii(value);
  assert.match(text, /^[\x20-\x7e]+$/);
  assert.deepEqual(JSON.parse(text), value);
});
