import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextNumber, parseSerialNumber, randomSerialNumber } from '../../../src/ca/serial-number.ts';

test('a serial number is positive, of 20 octets, and new', () => {
  const made = new Set<string>();
  for (let count = 0; count < 200; count += 1) {
    const serial = randomSerialNumber((other) => made.has(other));
    assert.match(serial, /^[4-7][0-9A-F]{39}$/);
    assert.ok(!made.has(serial));
    made.add(serial);
  }
});

test('a number that is taken is not given out', () => {
  const refused: string[] = [];
  const serial = randomSerialNumber((candidate) => refused.push(candidate) < 3);
  assert.equal(refused.length, 3);
  assert.equal(refused.at(-1), serial);
});

test('serial numbers are read as people copy them', () => {
  for (const text of ['1fa0', '1F:A0', '0x1FA0', 'serial=1FA0', ' 1FA0 ', '001FA0']) {
    assert.equal(parseSerialNumber(text), '1FA0');
  }
  assert.equal(parseSerialNumber('f'), '0F');
  assert.equal(parseSerialNumber('0'), '00');
  for (const text of ['', 'client-a', '1G', 'F'.repeat(43)]) assert.equal(parseSerialNumber(text), undefined);
});

test('numbers of revocation lists count in hexadecimal', () => {
  assert.deepEqual(['01', '0F', 'FF', '0100'].map(nextNumber), ['02', '10', '0100', '0101']);
});
