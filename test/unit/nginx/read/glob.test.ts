// File names that a pattern of `include` stands for.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { expandPattern, isPattern } from '../../../../src/nginx/read/glob.ts';
import { temporaryDirectory } from '../../../support/openssl.ts';

test('what is a pattern', () => {
  assert.deepEqual(['a.conf', 'a*', 'a?', '[ab]'].map(isPattern), [false, true, true, true]);
});

test('names in order of their bytes, without hidden ones', (t) => {
  const folder = temporaryDirectory(t);
  mkdirSync(join(folder, 'one.d'));
  mkdirSync(join(folder, 'two.d'));
  for (const name of ['b.conf', 'B.conf', 'a.conf', '.hidden.conf', 'a.confx', 'one.d/x.conf', 'two.d/y.conf']) {
    writeFileSync(join(folder, name), '');
  }
  const found = (pattern: string): string[] =>
    expandPattern(`${folder}/${pattern}`).map((name) => name.slice(folder.length + 1));
  assert.deepEqual(found('*.conf'), ['B.conf', 'a.conf', 'b.conf']);
  assert.deepEqual(found('?.conf'), ['B.conf', 'a.conf', 'b.conf']);
  assert.deepEqual(found('[ab].conf'), ['a.conf', 'b.conf']);
  assert.deepEqual(found('[!ab].conf'), ['B.conf']);
  assert.deepEqual(found('*.d/*.conf'), ['one.d/x.conf', 'two.d/y.conf']);
  assert.deepEqual(found('.*.conf'), ['.hidden.conf']);
  assert.deepEqual(found('none/*.conf'), []);
});
