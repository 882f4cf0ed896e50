import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCidr } from '../../../src/config/cidr.ts';
import { assertRefused } from '../../support/refusal.ts';

test('addresses and blocks', () => {
  for (const [text, canonical] of [
    ['10.0.0.1', '10.0.0.1/32'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::1', '::1/128'],
    ['FD00:0::/08', 'fd00::/8'],
  ] as const) {
    assert.equal(parseCidr(text), canonical);
  }
});

test('anything else is refused', () => {
  for (const text of [
    '',
    'localhost',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.0/8/8',
    'fe80::1%eth0',
    '/8',
    '*',
  ]) {
    assertRefused(() => parseCidr(text), /is not an address or block/);
  }
  for (const text of ['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/a', '::/129']) {
    assertRefused(() => parseCidr(text), /the length goes from 0 to/);
  }
});
