// The page about performance is what the script makes of the last run that was kept; so is its picture.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { writeDocument } from '../../../bench/report/document.ts';
import { drawPicture } from '../../../bench/report/picture.ts';
import type { Result } from '../../../bench/result.ts';

const root = resolve(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const result = JSON.parse(read('bench/result.json')) as Result;
const advice = 'run "node bench/report/main.ts"';

test('the page is made of the result that is kept with it', () => {
  assert.equal(read('docs/performance.md'), writeDocument(result, read('bench/report/findings.md')), advice);
});

test('the picture shows every figure, and is well-formed', () => {
  const picture = drawPicture(result);
  assert.equal(read('docs/performance.svg'), picture, advice);
  for (const { title } of result.figures) assert.ok(picture.includes(`>${title}</text>`), title);
  assert.doesNotMatch(picture, /NaN|undefined|Infinity/);
  const open: string[] = [];
  for (const [, end, name = '', empty] of picture.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (end === '/') assert.equal(open.pop(), name);
    else if (empty !== '/') open.push(name);
  }
  assert.deepEqual(open, []);
});
