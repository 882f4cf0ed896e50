import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DerElement, parseDer } from '../../../src/x509/der.ts';
import {
  parseBoolean,
  parseIntegerHex,
  parseNamedBits,
  parseOid,
  parseSmallInteger,
  parseTime,
  parseWholeBits,
} from '../../../src/x509/der-values.ts';
import { der, oid } from '../../support/der-writer.ts';

const element = (tag: number, hex: string): DerElement => parseDer(der(tag, Buffer.from(hex, 'hex')));
const refused = { code: 'certificate-invalid' };

for (const dotted of [
  '2.5.4.3',
  '1.2.840.113549.1.9.1',
  '0.9.2342.19200300.100.1.1',
  '2.999.1',
  '1.39.0',
  '2.25.340282366920938463463374607431768211455',
]) {
  test(`object identifier ${dotted}`, () => assert.equal(parseOid(parseDer(oid(dotted))), dotted));
}

test('object identifiers that are empty, cut, padded or absurdly long are refused', () => {
  for (const hex of ['', '5583', '55048003', `55${'01'.repeat(200)}`]) {
    assert.throws(() => parseOid(element(6, hex)), refused, hex);
  }
});

const serials: [hex: string, printed: string][] = [
  ['05', '05'],
  ['00', '00'],
  ['7f', '7F'],
  ['00f1e2d3c4b5a697', 'F1E2D3C4B5A697'],
  ['0fff', '0FFF'],
  ['ff', '-01'],
  ['80', '-80'],
  ['ff00', '-0100'],
];
for (const [hex, printed] of serials) {
  test(`integer ${hex} prints as ${printed}`, () => assert.equal(parseIntegerHex(element(2, hex)), printed));
}

test('integers that are empty or padded are refused', () => {
  for (const hex of ['', '0005', 'ff80', '0000']) assert.throws(() => parseIntegerHex(element(2, hex)), refused, hex);
});

test('small integers have to be small and not negative', () => {
  assert.equal(parseSmallInteger(element(2, '0102')), 258);
  for (const hex of ['ff', '0100000000']) assert.throws(() => parseSmallInteger(element(2, hex)), refused, hex);
});

test('booleans are 00 or FF', () => {
  assert.equal(parseBoolean(element(1, 'ff')), true);
  assert.equal(parseBoolean(element(1, '00')), false);
  for (const hex of ['', '01', 'ffff']) assert.throws(() => parseBoolean(element(1, hex)), refused, hex);
});

test('bit strings: whole ones, and named bits counted from the left', () => {
  assert.deepEqual(parseWholeBits(element(3, '00abcd')), Buffer.from('abcd', 'hex'));
  assert.throws(() => parseWholeBits(element(3, '01ab')), refused);
  assert.throws(() => parseWholeBits(element(3, '')), refused);
  assert.deepEqual(parseNamedBits(element(3, '0106')), [5, 6]);
  assert.deepEqual(parseNamedBits(element(3, '070080')), [8]);
  for (const hex of ['', '0880', '01']) assert.throws(() => parseNamedBits(element(3, hex)), refused, hex);
});

const utc = (text: string): Date => parseTime(parseDer(der(0x17, text)));
const generalized = (text: string): Date => parseTime(parseDer(der(0x18, text)));

test('times: two-digit years turn in 1950, four-digit ones are themselves', () => {
  assert.equal(utc('491231235959Z').toISOString(), '2049-12-31T23:59:59.000Z');
  assert.equal(utc('500101000000Z').toISOString(), '1950-01-01T00:00:00.000Z');
  assert.equal(generalized('99991231235959Z').toISOString(), '9999-12-31T23:59:59.000Z');
  assert.equal(generalized('20240229120000Z').toISOString(), '2024-02-29T12:00:00.000Z');
});

test('times that are no date, have a zone or a fraction, or another type are refused', () => {
  for (const text of ['230229000000Z', '231301000000Z', '230101240000Z', '230101006000Z', '2301010000Z']) {
    assert.throws(() => utc(text), refused, text);
  }
  for (const text of ['230101000000+0100', '23010100000Z0', '+30101000000Z', '']) {
    assert.throws(() => utc(text), refused, text);
  }
  assert.throws(() => generalized('20230101000000.5Z'), refused);
  assert.throws(() => generalized('20230101000060Z'), refused);
  assert.throws(() => parseTime(parseDer(der(0x0c, '230101000000Z'))), refused);
});
