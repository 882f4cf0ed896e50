// Log files as logrotate treats them: renamed, then SIGUSR1. No line is lost, neither then nor at the end.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../../support/openssl.ts';
import { spawnMutual, startMutual } from '../../support/spawn-mutual.ts';

function writeConfig(t: TestContext, log: object): { readonly directory: string; readonly file: string } {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'mutual.yaml');
  const server = { listen: '127.0.0.1:0', routes: [{ path: '/', respond: { body: 'ok' } }] };
  writeFileSync(file, JSON.stringify({ servers: [server], log }));
  return { directory, file };
}

/** Asks for /0, /1, … one after the other until it is told to stop; resolves with their number. */
function askOnAndOn(url: string): { stop(): Promise<number> } {
  let on = true;
  const asking = (async () => {
    let asked = 0;
    for (; on; asked += 1) assert.equal((await fetch(`${url}/${asked}`)).status, 200);
    return asked;
  })();
  return {
    stop() {
      on = false;
      return asking;
    },
  };
}

const numbersIn = (log: string): number[] => [...log.matchAll(/^\/(\d+)$/gm)].map(([, n]) => Number(n));

test('USR1 opens renamed files anew, loses no line, and opens no debugger', async (t) => {
  const { directory, file } = writeConfig(t, {
    file: 'program.log',
    access: [{ format: '$request_uri', file: 'access.log' }],
  });
  const program = join(directory, 'program.log');
  const access = join(directory, 'access.log');
  const mutual = spawnMutual(t, ['run', '-c', file]);
  const ready = /"ready: ([^"]*)"/;
  const read = (name: string): string => (existsSync(name) ? readFileSync(name, 'utf8') : '');
  const until = async (name: string, pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(read(name));
      if (found !== null) return found;
      assert.equal(mutual.child.exitCode, null, mutual.stderr);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const asking = askOnAndOn((await until(program, ready))[1] as string);
  for (const round of [1, 2]) {
    await until(access, /\n/);
    renameSync(program, `${program}.${round}`);
    renameSync(access, `${access}.${round}`);
    mutual.signal('SIGUSR1');
    await until(program, /log files opened anew/);
  }
  await until(access, /\n/);
  const asked = await asking.stop();
  mutual.signal('SIGTERM');
  const { exitCode, stdout, stderr } = await mutual.ended;
  assert.deepEqual({ exitCode, stdout, stderr }, { exitCode: 0, stdout: '', stderr: '' });
  const lines = [`${access}.1`, `${access}.2`, access].map(read).join('');
  assert.deepEqual(
    numbersIn(lines),
    Array.from({ length: asked }, (_, n) => n),
  );
  assert.match(read(program), /"msg":"stopped"}\n$/);
});

for (const [where, log] of [
  ['a file', { access: [{ format: '$request_uri', file: 'access.log' }] }],
  ['standard output', { access: '$request_uri' }],
] as const) {
  test(`lines for ${where} that are waiting when it is told to stop are written`, async (t) => {
    const { directory, file } = writeConfig(t, log);
    const mutual = await startMutual(t, file);
    const url = mutual.urls[0] as string;
    await Promise.all(Array.from({ length: 50 }, (_, n) => fetch(`${url}/${n}`)));
    mutual.signal('SIGTERM');
    const { exitCode, stdout } = await mutual.ended;
    assert.equal(exitCode, 0);
    const written = where === 'a file' ? readFileSync(join(directory, 'access.log'), 'utf8') : stdout;
    assert.deepEqual(
      numbersIn(written).sort((a, b) => a - b),
      Array.from({ length: 50 }, (_, n) => n),
    );
  });
}

for (const [how, signals] of [
  ['with a signal', true],
  ['without one', false],
] as const) {
  test(`logs that are moved away under load, ${how}: no line lost, none torn, none twice`, async (t) => {
    const { directory, file } = writeConfig(t, {
      access: [
        { format: '$request_uri', file: 'access.log' },
        { format: 'json', file: 'records.log', buffer: 0 },
      ],
    });
    const mutual = await startMutual(t, file);
    const url = mutual.urls[0] as string;
    const asking = Array.from({ length: 8 }, (_, client) => askOnAndOn(`${url}/${client}`));
    const names = ['access.log', 'records.log'];
    const rounds = signals ? 10 : 1;
    for (let round = 0; round < rounds; round += 1) {
      for (const name of names) {
        const path = join(directory, name);
        while (!existsSync(path) || statSync(path).size === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        renameSync(path, `${path}.${round}`);
      }
      if (signals) mutual.signal('SIGUSR1');
    }
    for (const name of names) {
      while (!existsSync(join(directory, name))) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const counts = await Promise.all(asking.map(({ stop }) => stop()));
    mutual.signal('SIGTERM');
    assert.equal((await mutual.ended).exitCode, 0);
    const asked = counts.flatMap((count, client) => Array.from({ length: count }, (_, n) => `/${client}/${n}`)).sort();
    const linesOf = (name: string): string[] =>
      readdirSync(directory)
        .filter((other) => other.startsWith(name))
        .flatMap((other) => readFileSync(join(directory, other), 'utf8').split('\n').slice(0, -1));
    assert.deepEqual(linesOf('access.log').sort(), asked);
    assert.deepEqual(
      linesOf('records.log')
        .map((line) => JSON.parse(line).target)
        .sort(),
      asked,
    );
  });
}
