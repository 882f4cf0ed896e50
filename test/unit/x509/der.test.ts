import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DerReader, derTags, parseDer } from '../../../src/x509/der.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const refused = { code: 'certificate-invalid' };

test('reads elements of one level in order, and what is inside them', () => {
  const sequence = parseDer(bytes('30 08 02 01 05 04 03 61 62 63'), derTags.sequence);
  const fields = sequence.children();
  assert.equal(fields.nextTag, derTags.integer);
  assert.deepEqual(fields.read(derTags.integer).content, bytes('05'));
  assert.equal(fields.readOptional(derTags.boolean), undefined);
  assert.deepEqual(fields.read().encoded, bytes('04 03 61 62 63'));
  assert.equal(fields.nextTag, undefined);
  fields.expectEnd();
});

test('reads long lengths', () => {
  const content = Buffer.alloc(300, 1);
  assert.deepEqual(parseDer(Buffer.concat([bytes('04 82 01 2c'), content])).content, content);
});

const malformed: Record<string, string> = {
  'nothing at all': '',
  'a tag without a length': '30',
  'content that is cut': '04 03 61 62',
  'a length that is cut': '04 82 01',
  'an indefinite length': '30 80 00 00',
  'a length in five octets': '04 85 00 00 00 00 01 61',
  'a short length in the long form': '04 81 03 61 62 63',
  'a long length with a padding octet': '04 82 00 80',
  'a length near the limit of integers': '04 84 ff ff ff ff 61',
  'a multi-byte tag': 'bf 81 00 00',
  'something behind the element': '04 01 61 00',
};
for (const [what, hex] of Object.entries(malformed)) {
  test(`refuses ${what}`, () => assert.throws(() => parseDer(bytes(hex)), refused));
}

test('refuses an element longer than what encloses it, though the bytes are there', () => {
  const inner = parseDer(bytes('30 06 30 03 04 03 61 62'), derTags.sequence).children();
  const tooLong = inner.read(derTags.sequence).children();
  assert.throws(() => tooLong.read(), refused);
});

test('refuses another tag than the one expected, and children of a primitive', () => {
  assert.throws(() => parseDer(bytes('04 01 61'), derTags.integer), refused);
  assert.throws(() => parseDer(bytes('04 02 05 00')).children(), refused);
});

test('expectEnd refuses what is left', () => {
  assert.throws(() => new DerReader(bytes('05 00')).expectEnd(), refused);
});

test('refuses nesting that would exhaust the stack', () => {
  let nested = Buffer.from([]);
  for (let depth = 0; depth < 40; depth += 1) nested = Buffer.concat([Buffer.from([0x30, nested.length]), nested]);
  const descend = (): void => {
    for (let element = parseDer(nested); ; element = element.children().read());
  };
  assert.throws(descend, { ...refused, message: /nested deeper/ });
});
