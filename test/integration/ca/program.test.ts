import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { runOpenssl, temporaryDirectory } from '../../support/openssl.ts';

const main = new URL('../../../src/main.ts', import.meta.url).pathname;

test('the program: output, one line of error, exit codes, and a request through a pipe', (t) => {
  const directory = temporaryDirectory(t);
  const run = (args: string[], input = '') => {
    return spawnSync(process.execPath, [main, 'ca', ...args], { cwd: directory, input, encoding: 'utf8' });
  };
  const made = run(['init']);
  assert.equal(made.status, 0, made.stderr);
  assert.match(made.stdout, /^made a CA in ca\n/);
  assert.equal(made.stderr, '');
  const again = run(['init']);
  assert.deepEqual([again.status, again.stdout], [1, '']);
  assert.match(again.stderr, /^mutual: there is a CA already: .*\n$/);
  assert.equal(run(['issue', 'x']).status, 2);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(directory, 'a.key')];
  const csr = runOpenssl(['req', '-new', ...key, '-subj', '/CN=client-a']);
  const signed = run(['sign', '-', '--json'], csr);
  assert.equal(signed.status, 0, signed.stderr);
  assert.equal(JSON.parse(signed.stdout).name, 'client-a');
});
