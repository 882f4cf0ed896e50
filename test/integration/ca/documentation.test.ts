import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import { givenReasons } from '../../../src/ca/revocation-reason.ts';
import { quoteShell } from '../../../src/ca/shell-quote.ts';
import { caCommand } from '../../../src/cli/ca.ts';
import { temporaryDirectory } from '../../support/openssl.ts';

const text = readFileSync(new URL('../../../docs/ca.md', import.meta.url), 'utf8');
const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, commands = '']) => commands);
const commandNames = caCommand({ stdout: { write: () => true }, stderr: { write: () => true } }).commands.map(
  (command) => command.name(),
);

test('every command of docs/ca.md runs, one after the other', (t) => {
  const directory = temporaryDirectory(t);
  const programs = join(directory, 'programs');
  mkdirSync(programs);
  const program = new URL('../../support/run-ca.ts', import.meta.url).pathname;
  writeFileSync(
    join(programs, 'mutual'),
    `#!/bin/sh\nexec ${quoteShell(process.execPath)} ${quoteShell(program)} "$@"\n`,
  );
  chmodSync(join(programs, 'mutual'), 0o700);
  const path = [programs, dirname(process.execPath), process.env.PATH].join(delimiter);
  assert.ok(blocks.length > 10);
  for (const block of blocks) {
    const run = spawnSync('sh', ['-e', '-c', block], {
      cwd: directory,
      env: { ...process.env, PATH: path },
      encoding: 'utf8',
      input: '',
    });
    assert.equal(run.status, 0, `${block}\n${run.stderr}`);
  }
});

test('every command and every reason is in docs/ca.md', () => {
  for (const name of commandNames)
    assert.ok(
      blocks.some((block) => block.includes(`mutual ca ${name}`)),
      name,
    );
  for (const reason of givenReasons) assert.ok(text.includes(`\`${reason}\``), reason);
});
