// The command line itself: every command explains itself with an example, and what is no command is refused with 2.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram } from '../../../src/cli/program.ts';
import { temporaryDirectory } from '../../support/openssl.ts';
import { runMutual } from '../../support/spawn-mutual.ts';

const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));

async function program(...args: readonly string[]) {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written) => ({ write: (text: string) => (written[name] += text) });
  const exitCode = await runProgram(args, { stdout: sink('stdout'), stderr: sink('stderr') }, manifest);
  return { exitCode, ...written };
}

/** The commands that a help text lists, `help` aside. */
function commandsIn(help: string): string[] {
  const [, list = ''] = /^Commands:\n((?: {2}.*\n)*)/m.exec(help) ?? [];
  return [...list.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name as string).filter((name) => name !== 'help');
}

test('--help of the program and of every command says what it does and gives an example', async () => {
  let seen = 0;
  const look = async (path: readonly string[]): Promise<void> => {
    const { exitCode, stdout, stderr } = await program(...path, '--help');
    assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: '' });
    const name = ['mutual', ...path].join(' ');
    assert.ok(stdout.startsWith(`Usage: ${name}`), stdout);
    assert.match(stdout, new RegExp(`\\nExamples?:\\n  ${name}`), `${name} has no example of itself`);
    seen += 1;
    for (const command of commandsIn(stdout)) await look([...path, command]);
  };
  await look([]);
  assert.ok(seen > 15, `only ${seen} commands were found`);
});

test('the program, as a process, tells its version and its usage', async (t) => {
  const version = await runMutual(t, ['--version']);
  assert.deepEqual([version.exitCode, version.stdout, version.stderr], [0, `${manifest.version}\n`, '']);
  const help = await runMutual(t, ['--help']);
  assert.equal(help.exitCode, 0);
  assert.match(help.stdout, /^Usage: mutual /);
  const nothing = await runMutual(t, []);
  assert.deepEqual([nothing.exitCode, nothing.stdout], [2, '']);
  assert.match(nothing.stderr, /^Usage: mutual /);
});

for (const [args, told] of [
  [['chek'], /^mutual: unknown command 'chek'\n\(Did you mean check\?\)\n$/],
  [['--nope'], /^mutual: unknown option '--nope'\n/],
  [['run', '--confg', 'x'], /^mutual: unknown option '--confg'\n\(Did you mean --config\?\)\n$/],
  [['run', 'mutual.yaml'], /^mutual: too many arguments for 'run'/],
  [['run', '-c'], /^mutual: option '-c, --config <file>' argument missing\n$/],
  [['explain'], /^mutual: missing required argument 'certificate'\n$/],
  [['ca', 'isue', 'a'], /^mutual: unknown command 'isue'\n\(Did you mean issue\?\)\n$/],
  [['demo', 'nope'], /^mutual: /],
  [['demo', 'service1', '--listen', 'nope'], /^mutual: --listen nope: /],
] as const) {
  test(`bad usage is refused with 2: ${args.join(' ')}`, async () => {
    const { exitCode, stdout, stderr } = await program(...args);
    assert.deepEqual({ exitCode, stdout }, { exitCode: 2, stdout: '' });
    assert.match(stderr, told);
  });
}

test("an option behind a subcommand is the subcommand's", async (t) => {
  const directory = join(temporaryDirectory(t), 'certificates');
  const { exitCode, stdout } = await program('demo', 'certificates', '--dir', directory);
  assert.deepEqual([exitCode, stdout], [0, `CA and certificates are in ${directory}\n`]);
  assert.ok(existsSync(join(directory, 'client-a.pem')));
});
