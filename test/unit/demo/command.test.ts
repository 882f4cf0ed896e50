import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { printCommand } from '../../../src/demo/command.ts';

const parts = ['printf', "'%s,' a", "'b c'", 'd'];

for (const columns of [80, 10]) {
  test(`a shell that is given the lines runs the command, on a terminal of ${columns} columns`, () => {
    const lines = printCommand(parts, { indent: 2, columns });
    assert.equal(lines.length, columns === 80 ? 1 : parts.length);
    assert.ok(lines.every((line) => line.startsWith('  ')));
    assert.equal(execFileSync('sh', ['-c', lines.join('\n')], { encoding: 'utf8' }), 'a,b c,d,');
  });
}
