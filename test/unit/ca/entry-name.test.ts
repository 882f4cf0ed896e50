import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryNameFor, parseEntryName } from '../../../src/ca/entry-name.ts';

for (const name of [
  'client-a',
  'service1.company-b.example',
  'anna@a.example',
  'Anna Müller',
  '_.a.example',
  'a+b',
  '1',
]) {
  test(`"${name}" may become a file name`, () => assert.equal(parseEntryName(name), name));
}

const refused = [
  '',
  '.',
  '..',
  '../x',
  'a/b',
  'a\\b',
  '/etc/x',
  '.hidden',
  '-x',
  'ca',
  'CA',
  'nul',
  'COM1',
  'a\0b',
  'a\nb',
];
for (const name of [...refused, ' a', 'a ', 'a.', '*.a.example', 'a:b', 'x'.repeat(65), 'a\u202eb']) {
  test(`${JSON.stringify(name)} may not`, () => assert.throws(() => parseEntryName(name), { code: 'usage' }));
}

test('a common name becomes a file name where it can', () => {
  assert.equal(entryNameFor('*.a.example'), '_.a.example');
  assert.equal(entryNameFor(' Anna  Müller '), 'Anna-Müller');
  assert.equal(entryNameFor('../../etc/passwd'), undefined);
  assert.equal(entryNameFor('ca'), undefined);
});
