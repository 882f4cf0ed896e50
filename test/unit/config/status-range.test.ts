import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatStatusRange, parseStatusRange } from '../../../src/config/status-range.ts';

for (const [text, from, to] of [
  ['404', 404, 404],
  ['4xx', 400, 499],
  ['5XX', 500, 599],
  ['400-499', 400, 499],
  ['>=400', 400, 999],
  ['>399', 400, 999],
  ['<= 399', 0, 399],
  ['<400', 0, 399],
] as const) {
  test(`${text} is ${from} to ${to}, and back`, () => {
    const range = parseStatusRange(text);
    assert.deepEqual(range, { from, to });
    assert.deepEqual(parseStatusRange(formatStatusRange(range)), range);
  });
}

for (const text of ['', '40', '4000', '6xx', 'xx', '=400', '>= 4xx', '400-', 'off']) {
  test(`"${text}" is no status`, () => {
    assert.throws(() => parseStatusRange(text), { code: 'config-invalid', message: /is no status: write/ });
  });
}

test('a range that holds nothing', () => {
  assert.throws(() => parseStatusRange('500-400'), { code: 'config-invalid' });
});
