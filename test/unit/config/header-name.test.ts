import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHeaderName } from '../../../src/config/header-name.ts';
import { assertRefused } from '../../support/refusal.ts';

test('tokens are taken as written', () => {
  for (const name of ['X-Client', 'host', 'Authorization', 'x_under', "!#$%&'*+-.^_`|~"]) {
    assert.equal(parseHeaderName(name), name);
  }
});

test('what is no token is refused', () => {
  for (const name of ['', 'X A', 'X:', 'X\r\nY', 'X-ä', ':path', 'X/Y', '(X)']) {
    assertRefused(() => parseHeaderName(name), /is not the name of a header/);
  }
});

test('headers of the connection are refused in any case', () => {
  for (const name of ['Connection', 'CONTENT-LENGTH', 'transfer-encoding', 'Upgrade', 'TE', 'Trailer', 'Keep-Alive']) {
    assertRefused(() => parseHeaderName(name), /belongs to the connection/);
  }
  for (const name of ['Proxy-Connection', 'Expect', 'HTTP2-Settings']) {
    assertRefused(() => parseHeaderName(name), /belongs to the connection/);
  }
});
