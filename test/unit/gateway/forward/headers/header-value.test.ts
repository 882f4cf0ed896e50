import assert from 'node:assert/strict';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { test } from 'node:test';
import {
  byteString,
  isHeaderName,
  isHeaderValue,
  printableValue,
} from '../../../../../src/gateway/forward/headers/header-value.ts';

const throws = (check: () => void): boolean => {
  try {
    check();
    return false;
  } catch {
    return true;
  }
};

test("names and values are judged as Node's own writer judges them", () => {
  for (let code = 0; code < 0x180; code += 1) {
    const character = String.fromCharCode(code);
    assert.equal(isHeaderName(`x${character}`), !throws(() => validateHeaderName(`x${character}`)), `name ${code}`);
    assert.equal(
      isHeaderValue(`a${character}b`),
      !throws(() => validateHeaderValue('x', `a${character}b`)),
      `value ${code}`,
    );
  }
  assert.equal(isHeaderName(''), false);
});

test('a value of ours is printable ASCII: everything else is percent-encoded, byte by byte', () => {
  assert.equal(printableValue('CN=a\\, b+OU="x"'), 'CN=a\\, b+OU="x"');
  assert.equal(printableValue('/a\r\nX-SSL-Client-Verify: SUCCESS'), '/a%0D%0AX-SSL-Client-Verify: SUCCESS');
  assert.equal(printableValue('\0\t\x7f\x80\xff'), '%00%09%7F%80%FF');
  assert.equal(printableValue(byteString('Zürich 🔑')), 'Z%C3%BCrich %F0%9F%94%91');
  // No byte string, and still nothing but ASCII.
  assert.equal(printableValue('🔑\ud800'), '%F0%9F%94%91%EF%BF%BD');
});
