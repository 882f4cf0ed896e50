import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { quoteShell } from '../../../src/ca/shell-quote.ts';

test('a shell reads back what was quoted', () => {
  for (const text of ['plain', '', 'a b', "it's", '$(id)', '`id`', 'a\nb', '"', '*', '~', '\\', '!x', 'ä']) {
    assert.equal(execFileSync('sh', ['-c', `printf %s ${quoteShell(text)}`], { encoding: 'utf8' }), text);
  }
});

test('what needs no quotes has none', () => assert.equal(quoteShell('ca/client-a.crt'), 'ca/client-a.crt'));
