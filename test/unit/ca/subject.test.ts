import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  commonNameOf,
  encodeSubject,
  parseSubject,
  printSlashSubject,
  withCommonName,
} from '../../../src/ca/subject.ts';
import { parseName, printRfc2253 } from '../../../src/x509/name.ts';

const encoded = (text: string): Promise<Buffer> => encodeSubject(parseSubject(text));
const printed = async (text: string): Promise<string> => printRfc2253(parseName(await encoded(text)));

test('what is typed is what a certificate is printed with', async () => {
  for (const text of [
    'CN=client-a,OU=Sales,O=Company A,C=DE',
    'OU=b+CN=a,O=c',
    'CN=x,DC=a,DC=example',
    'CN=a\\,b\\+c,O=\\#x',
  ]) {
    assert.equal(await printed(text), text);
  }
});

test("openssl's form goes the other way", async () => {
  assert.equal(await printed('/C=DE/O=Company A/OU=Sales/CN=client-a'), 'CN=client-a,OU=Sales,O=Company A,C=DE');
  assert.equal(await printed('/O=a\\/b/CN=c'), 'CN=c,O=a/b');
  assert.equal(printSlashSubject(parseSubject('CN=c\\+d,O=a/b')), '/O=a\\/b/CN=c\\+d');
});

test('types have long names, and OIDs', async () => {
  assert.equal(await printed('commonName=a, organization=b , 2.5.4.11=c'), 'CN=a,O=b,OU=c');
  assert.equal(await printed('email=a@b.example,UID=7'), 'emailAddress=a@b.example,UID=7');
});

test('values may be quoted or escaped', async () => {
  assert.equal(await printed('CN="a, b"'), 'CN=a\\, b');
  assert.equal(await printed('CN=M\\C3\\BCnchen'), 'CN=M\\C3\\BCnchen');
  assert.equal(await printed('CN=München'), 'CN=M\\C3\\BCnchen');
});

test('each type is encoded as RFC 5280 wants it', async () => {
  assert.equal((await encoded('C=DE')).at(-4), 0x13);
  assert.equal((await encoded('CN=DE')).at(-4), 0x0c);
  assert.equal((await encoded('DC=DE')).at(-4), 0x16);
});

test('any values are printed and read back alike', async () => {
  const value = fc
    .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
    .filter((text) => !/[\p{Cc}\p{Cs}\ufffd]/u.test(text) && text.trim() === text);
  await fc.assert(
    fc.asyncProperty(value, value, async (commonName, organization) => {
      const subject = [[{ oid: '2.5.4.10', value: organization }], [{ oid: '2.5.4.3', value: commonName }]];
      const text = printRfc2253(parseName(await encodeSubject(subject)));
      assert.deepEqual(parseSubject(text), subject);
      assert.deepEqual(parseSubject(printSlashSubject(subject)), subject);
    }),
    { numRuns: 200 },
  );
});

test('the members of one level are in the order of DER, whatever was typed', async () => {
  assert.deepEqual(await encoded('CN=a+OU=b'), await encoded('OU=b+CN=a'));
});

test('a name becomes the common name unless there is one', () => {
  assert.equal(commonNameOf(withCommonName(parseSubject('O=a'), 'b')), 'b');
  assert.equal(commonNameOf(withCommonName(parseSubject('CN=c,O=a'), 'b')), 'c');
  assert.throws(() => withCommonName([], 'x'.repeat(65)), { code: 'usage' });
});

const refused: Record<string, RegExp> = {
  '': /empty/,
  '  ': /empty/,
  client: /not of the form TYPE=value/,
  'CN=a,,O=b': /not of the form/,
  'CN=': /is empty/,
  'XX=a': /unknown attribute type "XX"/,
  'C=Germany': /two letters/,
  'C=1X': /two letters/,
  [`CN=${'a'.repeat(65)}`]: /longer than 64/,
  'CN=a\\0Ab': /control character/,
  'CN=a\\00': /control character/,
  'CN=a\\FF': /no valid text/,
  'serialNumber=a_b': /cannot hold/,
  'DC=ä': /not ASCII/,
  'CN=a+CN=b': /two values of one type/,
  'CN=#0C0161': /hexadecimal/,
};

for (const [text, message] of Object.entries(refused)) {
  test(`refuses the subject ${JSON.stringify(text.slice(0, 30))}`, () => {
    assert.throws(() => parseSubject(text), { code: 'usage', message });
  });
}
