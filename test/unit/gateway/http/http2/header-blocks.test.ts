// HPACK by the examples of RFC 7541 appendix C, against Node's own implementation, and against what an attacker would send.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompressionFault, decodeFields, FieldTooLong } from '../../../../../src/gateway/http/http2/decode-fields.ts';
import { encodeFields } from '../../../../../src/gateway/http/http2/encode-fields.ts';
import { createHeaderTable, type Field, type HeaderTable } from '../../../../../src/gateway/http/http2/header-table.ts';
import { decodeHuffman, encodeHuffman } from '../../../../../src/gateway/http/http2/huffman.ts';

function decode(hex: string | Buffer, table: HeaderTable = createHeaderTable(), most = 8192): string[] {
  const fields: Field[] = [];
  decodeFields(typeof hex === 'string' ? Buffer.from(hex, 'hex') : hex, table, most, (field) => fields.push(field));
  return fields.map(({ name, value }) => `${name}: ${value}`);
}

test('the requests of appendix C.4, which build upon each other', () => {
  const table = createHeaderTable();
  const first = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'];
  assert.deepEqual(decode('828684418cf1e3c2e5f23a6ba0ab90f4ff', table), first);
  assert.deepEqual(decode('828684be5886a8eb10649cbf', table), [...first, 'cache-control: no-cache']);
  assert.deepEqual(decode('828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf', table), [
    ':method: GET',
    ':scheme: https',
    ':path: /index.html',
    ':authority: www.example.com',
    'custom-key: custom-value',
  ]);
});

test('what is encoded is decoded again, whatever bytes it holds', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1');
  const fields = [
    { name: ':status', value: '200' },
    { name: ':status', value: '418' },
    { name: 'content-type', value: 'text/plain' },
    { name: 'x-bytes', value: bytes },
    { name: 'x-long', value: 'a'.repeat(5000) },
    { name: 'x-none', value: '' },
  ];
  const expected = fields.map(({ name, value }) => `${name}: ${value}`);
  assert.deepEqual(decode(encodeFields(fields, false)), expected);
  assert.deepEqual(decode(encodeFields(fields, true)), expected);
});

test('every byte has the code that it decodes from', () => {
  for (let byte = 0; byte < 256; byte += 1) {
    const text = Buffer.concat([Buffer.from([byte]), Buffer.alloc(40, '0')]);
    const code = encodeHuffman(text);
    assert.ok(code !== undefined);
    assert.equal(decodeHuffman(code), text.toString('latin1'));
  }
});

test('fills of zeros or of more than seven bits are no Huffman code', () => {
  assert.equal(decodeHuffman(Buffer.from([0x1f])), 'a');
  assert.equal(decodeHuffman(Buffer.from([0x18])), undefined);
  assert.equal(decodeHuffman(Buffer.from([0x1f, 0xff])), undefined);
  assert.equal(decodeHuffman(Buffer.from([0xff, 0xff, 0xff, 0xff])), undefined);
});

test('fields that are not there, numbers and texts that are cut or too long', () => {
  for (const hex of ['80', 'be', 'ff7f', 'ffffffffffff7f', '3fffffff7f', '00', '000561', '8220', '00018161']) {
    assert.throws(() => decode(hex), CompressionFault, hex);
  }
  assert.throws(() => decode('0001617f8040', undefined, 100), FieldTooLong);
  assert.deepEqual(decode(`0001617f00${'61'.repeat(127)}`, undefined, 127), [`a: ${'a'.repeat(127)}`]);
});

test('the table keeps no more than it is allowed to', () => {
  const table = createHeaderTable(64);
  table.add({ name: 'a', value: '1' });
  assert.equal(table.at(62)?.value, '1');
  table.add({ name: 'b', value: '2' });
  assert.equal(table.at(62)?.value, '2');
  assert.equal(table.at(63), undefined);
  table.add({ name: 'c', value: 'x'.repeat(64) });
  assert.equal(table.at(62), undefined);
  assert.equal(table.resize(65), false);
  assert.equal(table.resize(0), true);
});
