import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHeaderLine } from '../../../../../src/gateway/http/parse/header-line.ts';

test('name and value, without the spaces around it', () => {
  const parsed = parseHeaderLine('X-Name:   a b  ', false);
  assert.deepEqual(parsed, { name: 'X-Name', lowerName: 'x-name', value: 'a b', invalid: false });
});

test('a tab is no space', () => {
  const parsed = parseHeaderLine('A:\tb', false);
  assert.ok(parsed !== 'malformed');
  assert.equal(parsed.value, '\tb');
});

test('underscores are for those who want them', () => {
  for (const [allowed, invalid] of [
    [false, true],
    [true, false],
  ] as const) {
    const parsed = parseHeaderLine('a_b: c', allowed);
    assert.ok(parsed !== 'malformed');
    assert.equal(parsed.invalid, invalid);
  }
});

for (const line of [': a', ' a: b', 'a b: c', 'a : b', '\x01: b', 'a: \0', 'a: b\rc']) {
  test(`malformed: ${JSON.stringify(line)}`, () => assert.equal(parseHeaderLine(line, true), 'malformed'));
}
