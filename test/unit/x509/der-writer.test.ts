// What the writer writes, the strict reader and openssl read back; what has no encoding is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { derTags, parseDer } from '../../../src/x509/der.ts';
import { parseIntegerHex, parseOid, parseTime, parseWholeBits } from '../../../src/x509/der-values.ts';
import {
  encodeDer,
  encodeInteger,
  encodeOctets,
  encodeOid,
  encodeSequence,
  encodeTime,
  encodeWholeBits,
} from '../../../src/x509/der-writer.ts';
import { runOpenssl } from '../../support/openssl.ts';

test('lengths have their shortest form, on both sides of every step', () => {
  for (const length of [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0xff_ffff, 0x100_0000]) {
    const content = Buffer.alloc(length, 1);
    const element = parseDer(encodeOctets(content), derTags.octetString);
    assert.ok(element.content.equals(content), String(length));
  }
  assert.equal(encodeDer(0xa0, [Buffer.from('05', 'hex'), Buffer.from('00', 'hex')]).toString('hex'), 'a0020500');
});

test('a sequence of more elements than a call takes arguments', () => {
  const items = Array.from({ length: 200_000 }, () => encodeInteger('01'));
  assert.equal(parseDer(encodeSequence(items)).content.length, 600_000);
});

test('integers of either sign read back, in the shortest form', () => {
  const known: Record<string, string> = {
    '00': '020100',
    '7F': '02017f',
    '80': '02020080',
    '0080': '02020080',
    '00007F': '02017f',
    FFFF: '020300ffff',
    '-01': '0201ff',
    '-80': '020180',
    '-81': '0202ff7f',
    '-FF': '0202ff01',
    '-0001': '0201ff',
    '-0100': '0202ff00',
    '-00': '020100',
  };
  for (const [hex, der] of Object.entries(known)) assert.equal(encodeInteger(hex).toString('hex'), der, hex);
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 170n), max: 2n ** 170n }), (value) => {
      const digits = (value < 0n ? -value : value).toString(16).toUpperCase();
      const hex = `${value < 0n ? '-' : ''}${digits.length % 2 === 0 ? '' : '0'}${digits}`;
      assert.equal(parseIntegerHex(parseDer(encodeInteger(hex), derTags.integer)), hex);
    }),
  );
});

test('object identifiers read back', () => {
  for (const oid of [
    '0.0',
    '1.2.840.113549.1.1.11',
    '2.5.29.20',
    '2.999.3',
    '2.25.329800735698586629295641978511506172918',
  ]) {
    assert.equal(parseOid(parseDer(encodeOid(oid), derTags.oid)), oid);
  }
});

test('times read back, in the type that the year wants', () => {
  const times: Record<string, string> = {
    '1949-12-31T23:59:59Z': '180f31393439313233313233353935395a',
    '1950-01-01T00:00:00Z': '170d3530303130313030303030305a',
    '2049-12-31T23:59:59Z': '170d3439313233313233353935395a',
    '2050-01-01T00:00:00Z': '180f32303530303130313030303030305a',
    '9999-12-31T23:59:59Z': '180f39393939313233313233353935395a',
  };
  for (const [text, der] of Object.entries(times)) {
    const encoded = encodeTime(new Date(text));
    assert.equal(encoded.toString('hex'), der);
    assert.deepEqual(parseTime(parseDer(encoded)), new Date(text));
  }
  assert.deepEqual(encodeTime(new Date(999)), encodeTime(new Date(0)));
});

test('openssl reads the same', () => {
  const parts = [
    encodeInteger('-0100'),
    encodeOid('2.5.29.20'),
    encodeTime(new Date(0)),
    encodeWholeBits(Buffer.alloc(3)),
  ];
  const text = runOpenssl(['asn1parse', '-inform', 'DER'], { input: encodeSequence(parts) });
  assert.match(text, /INTEGER +:-0100\n.*OBJECT +:X509v3 CRL Number\n.*UTCTIME +:700101000000Z\n.*BIT STRING/);
  assert.equal(parseWholeBits(parseDer(parts[3] as Buffer)).length, 3);
});

test('what has no encoding is refused', () => {
  for (const hex of ['', '1', '-', '0x01', '01 ', 'GG', '--01']) {
    assert.throws(() => encodeInteger(hex), { code: 'internal' }, hex);
  }
  for (const oid of ['', '1', '3.1', '1.40', '0.40', '1.2.', '1..2', '1.02', '1.2.x', '-1.2']) {
    assert.throws(() => encodeOid(oid), { code: 'internal' }, oid);
  }
  for (const time of [Number.NaN, Date.UTC(10_000, 0), -1e14]) {
    assert.throws(() => encodeTime(new Date(time)), { code: 'internal' });
  }
});
