// bin/mutual.js on a Node.js that is too old: it starts the one that npm ci has brought along, in its own place.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { requireNode } from '../../../src/cli/node-version.ts';
import { temporaryDirectory } from '../../support/openssl.ts';
import { entries, type RunningMutual, runMutual, startMutual } from '../../support/spawn-mutual.ts';

const root = resolve(import.meta.dirname, '../../..');

/** A Node.js of this machine that is too old for us. */
const oldNode = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find((node) => {
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim().slice(1);
    try {
      if (version) requireNode(version, '>=24.21.0');
      return false;
    } catch {
      return true;
    }
  });
const skip = oldNode === undefined ? 'there is no older Node.js on this machine' : false;
const onOldNode = { entry: entries.bin, node: oldNode ?? '' };

function writeConfig(t: TestContext): string {
  const file = join(temporaryDirectory(t), 'mutual.yaml');
  const server = { listen: '127.0.0.1:0', routes: [{ path: '/', respond: { body: 'ok' } }] };
  writeFileSync(file, JSON.stringify({ servers: [server], log: { access: 'off' } }));
  return file;
}

/** The process that does the work. */
const childOf = (mutual: RunningMutual): number => Number(/"pid":(\d+)/.exec(mutual.stderr)?.[1]);

async function startOnOldNode(t: TestContext): Promise<RunningMutual> {
  const mutual = await startMutual(t, writeConfig(t), onOldNode);
  t.after(() => {
    try {
      process.kill(childOf(mutual), 'SIGKILL');
    } catch {
      // It has ended, as it should have.
    }
  });
  assert.notEqual(childOf(mutual), mutual.pid);
  return mutual;
}

test('an old Node.js starts the one that was brought along, and passes on what it says', { skip }, async (t) => {
  const version = await runMutual(t, ['--version'], onOldNode);
  assert.deepEqual([version.exitCode, version.stderr], [0, '']);
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
});

test('the exit code is that of the program', { skip }, async (t) => {
  const { exitCode, stderr } = await runMutual(t, ['check', '-c', '/absent.yaml'], onOldNode);
  assert.deepEqual([exitCode, stderr], [2, 'mutual: the configuration /absent.yaml does not exist\n']);
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
  test(`${signal} is passed on, and the end is that of the program`, { skip }, async (t) => {
    const mutual = await startOnOldNode(t);
    mutual.signal(signal);
    const { exitCode, stderr } = await mutual.ended;
    assert.equal(exitCode, 0);
    assert.match(stderr, new RegExp(`"signal":"${signal}","msg":"stopping"`));
    assert.throws(() => process.kill(childOf(mutual), 0), { code: 'ESRCH' });
  });
}

test('SIGHUP and SIGUSR1 are passed on and end nothing', { skip }, async (t) => {
  const mutual = await startOnOldNode(t);
  mutual.signal('SIGHUP');
  await mutual.until(/"msg":"reloaded"/);
  mutual.signal('SIGUSR1');
  await mutual.until(/"msg":"log files opened anew"/);
  assert.equal(await (await fetch(mutual.urls[0] as string)).text(), 'ok');
  mutual.signal('SIGTERM');
  const { exitCode, stderr } = await mutual.ended;
  assert.equal(exitCode, 0);
  assert.doesNotMatch(stderr, /Debugger/);
});

test('where the program was killed, the exit code says by what', { skip }, async (t) => {
  const mutual = await startOnOldNode(t);
  process.kill(childOf(mutual), 'SIGKILL');
  assert.equal((await mutual.ended).exitCode, 128 + 9);
});

test('without one that was brought along, a sentence says what to do', { skip }, async (t) => {
  const directory = temporaryDirectory(t);
  cpSync(join(root, 'bin'), join(directory, 'bin'), { recursive: true });
  cpSync(join(root, 'package.json'), join(directory, 'package.json'));
  const entry = join(directory, 'bin/mutual.js');
  const { exitCode, stdout, stderr } = await runMutual(t, ['run'], { entry, node: oldNode as string });
  assert.deepEqual([exitCode, stdout], [1, '']);
  assert.match(stderr, /^mutual: Node\.js 24\.\d+\.\d+ or newer is needed and this is \d+\.\d+\.\d+: .*npm ci.*\n$/);
  assert.ok(stderr.includes(directory));
});

test('it runs from a folder of any name, and by way of a link, as npm makes one', async (t) => {
  const folder = join(temporaryDirectory(t), 'a b#c%41?');
  for (const name of ['bin', 'package.json']) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'src'), join(folder, 'src'));
  symlinkSync('bin/mutual.js', join(folder, 'mutual'));
  const linked = await runMutual(t, ['--version'], { entry: join(folder, 'mutual') });
  assert.deepEqual([linked.exitCode, linked.stderr], [0, '']);
});
