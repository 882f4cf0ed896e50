import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { givenReasons } from '../../../src/ca/revocation-reason.ts';
import { caCommand } from '../../../src/cli/ca.ts';
import { blocksOf, environmentWithMutual, readDocumentation } from '../../support/documentation.ts';
import { temporaryDirectory } from '../../support/openssl.ts';

const text = readDocumentation('ca.md');
const blocks = blocksOf(text).flatMap(({ language, text: commands }) => (language === 'sh' ? [commands] : []));
const commandNames = caCommand({ stdout: { write: () => true }, stderr: { write: () => true } }).commands.map(
  (command) => command.name(),
);

test('every command of docs/ca.md runs, one after the other', (t) => {
  const directory = temporaryDirectory(t);
  const program = new URL('../../support/run-ca.ts', import.meta.url).pathname;
  const env = environmentWithMutual(directory, program);
  assert.ok(blocks.length > 10);
  for (const block of blocks) {
    const run = spawnSync('sh', ['-e', '-c', block], {
      cwd: directory,
      env,
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
