// docs/nginx.md is what the table of directives says.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nginxDocumentation } from '../../../src/nginx/documentation.ts';
import { assertGolden } from '../../support/golden.ts';

const page = nginxDocumentation();

test('docs/nginx.md is what the table says', () => {
  assertGolden(fileURLToPath(new URL('../../../docs/nginx.md', import.meta.url)), page);
});

test('every kind of outcome is among them', () => {
  for (const word of ['| exact |', '| not quite: ', '| accepted: ', '| refused: '])
    assert.ok(page.includes(word), word);
});
