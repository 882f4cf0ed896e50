// Names of strangers, as the page shows them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitName } from '../../../../src/admin/page/distinguished-name.js';
import { visibleText } from '../../../../src/admin/page/visible-text.js';

test('a name is its common name and the rest', () => {
  assert.deepEqual(splitName('CN=client-a,OU=Ops,O=Company A'), { name: 'client-a', rest: 'OU=Ops, O=Company A' });
  assert.deepEqual(splitName('O=Company A,CN=client-a'), { name: 'client-a', rest: 'O=Company A' });
});

test('without a common name the first part stands for it', () => {
  assert.deepEqual(splitName('O=Company A,C=DE'), { name: 'O=Company A', rest: 'C=DE' });
  assert.deepEqual(splitName(''), { name: '(no name)', rest: '' });
});

test('a comma that is escaped does not make a part', () => {
  assert.deepEqual(splitName('CN=a\\,O\\=evil,O=b'), { name: 'a,O=evil', rest: 'O=b' });
  assert.deepEqual(splitName('O=CN\\=x\\,CN=y,CN=real'), { name: 'real', rest: 'O=CN\\=x\\,CN=y' });
});

test('bytes in hex stay what they are', () => {
  assert.equal(splitName('CN=a\\0Ab').name, 'a\\0Ab');
});

test('characters that nobody sees, or that turn the others around, are shown', () => {
  assert.equal(visibleText('a\u202egpj.exe'), 'a\\u202egpj.exe');
  assert.equal(
    visibleText('\u0000\n\u001b[2J\u009b\u200b\ufeff\u2066'),
    '\\u0000\\u000a\\u001b[2J\\u009b\\u200b\\ufeff\\u2066',
  );
});

test('every other character stays, of whatever writing', () => {
  for (const text of ['Müller & Söhne <x>', '株式会社', 'مثال', '😀']) assert.equal(visibleText(text), text);
});
