import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { createSerialSetBuilder } from '../../../src/x509/serial-set.ts';

/** Serials of one to twenty bytes, some of them twice. */
function build(count: number) {
  const bytes = Buffer.alloc(count * 20);
  const builder = createSerialSetBuilder(bytes, count);
  const expected = new Set<string>();
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    const length = 1 + (index % 20);
    const serial = hash('sha256', `serial ${index}`, 'buffer').subarray(0, length);
    serial.copy(bytes, at);
    builder.add(at, at + length);
    expected.add(serial.toString('hex').toUpperCase());
    at += length;
  }
  return { set: builder.build(), expected };
}

test('holds what a set of texts would hold', () => {
  for (const count of [0, 1, 2, 3, 64, 1000, 20_000]) {
    const { set, expected } = build(count);
    assert.equal(set.size, expected.size);
    assert.deepEqual(new Set(set.values()), expected);
    for (const serial of expected) assert.ok(set.has(serial), serial);
    for (let index = 0; index < 1000; index += 1) {
      const stranger = hash('sha256', `stranger ${index}`)
        .slice(0, 2 + 2 * (index % 20))
        .toUpperCase();
      assert.equal(set.has(stranger), expected.has(stranger), stranger);
    }
  }
});

test('serials of which one begins the other are two', () => {
  const bytes = Buffer.from('0a0b0c', 'hex');
  const builder = createSerialSetBuilder(bytes, 2);
  builder.add(0, 2);
  builder.addNegative('-05');
  const set = builder.build();
  assert.deepEqual(['0A0B', '0A', '0A0B0C', '', '0', '0A0', 'zz', '-05', '05'].map(set.has), [
    ...[true, false, false, false, false, false, false],
    ...[true, false],
  ]);
});
