// `mutual demo` as a newcomer meets it: the page says what happened, the lines that it prints can be pasted, and the
// name of the client stands in the log of Service1.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Snapshot } from '../../src/admin/snapshot.ts';
import { temporaryDirectory } from '../support/openssl.ts';
import { entries, type MutualProcess, spawnMutual } from '../support/spawn-mutual.ts';

const dn = 'CN=client-a,O=Company A';

/** Starts it in a fresh directory and resolves when the page is there. */
async function startDemo(t: TestContext, args: readonly string[] = [], cwd = temporaryDirectory(t)) {
  const demo = spawnMutual(t, ['demo', ...args], { entry: entries.bin, cwd });
  await demo.until(/Ctrl-C stops everything.*\n/);
  return { demo, cwd };
}

/** The commands of the page: lines that begin with curl, and what a backslash continues. */
function commandsOf({ stdout }: MutualProcess): string[] {
  return [...stdout.matchAll(/^ +(curl (?:.*\\\n)*.*)$/gm)].map(([, command]) => command as string);
}

/** Runs a line as a shell does that it is pasted into, with curl quiet and the status behind its output. */
async function paste(command: string, cwd: string): Promise<{ exitCode: number; status: number; body: string }> {
  const line = command.replace(/^curl/, "curl --silent --max-time 10 --write-out '\\n%{http_code}'");
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)));
  return new Promise((resolve) => {
    execFile('sh', ['-c', line], { cwd, env }, (error, stdout) => {
      const at = stdout.lastIndexOf('\n');
      const exitCode = error === null ? 0 : Number(error.code);
      resolve({ exitCode, status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) });
    });
  });
}

const trials = `
  200           with the certificate of client-a
                Service1 was called by ${dn}
  refused       without a certificate
                `;

test('it tries everything, and the lines that it prints do what it says', async (t) => {
  const { demo, cwd } = await startDemo(t);
  assert.ok(demo.stdout.includes(trials), demo.stdout);
  assert.match(demo.stdout, /\n {2}403 +with the certificate of a stranger\n/);
  assert.match(demo.stdout, /\n {2}200 +plain HTTP, by way of the client side\n/);
  assert.doesNotMatch(demo.stdout, /was expected|\x1b/);

  const [withCertificate, without, stranger, clientSide, ...more] = commandsOf(demo) as [string, ...string[]];
  assert.deepEqual(more, []);
  const admitted = await paste(withCertificate, cwd);
  assert.equal(admitted.status, 200);
  assert.equal(JSON.parse(admitted.body).identity['x-ssl-client-s-dn'], dn);
  const refused = await paste(without as string, cwd);
  assert.deepEqual([refused.status, refused.exitCode !== 0], [0, true]);
  assert.equal((await paste(stranger as string, cwd)).status, 403);
  const viaClientSide = await paste(clientSide as string, cwd);
  assert.equal(viaClientSide.status, 200);
  assert.equal(JSON.parse(viaClientSide.body).identity['x-ssl-client-s-dn'], dn);

  // Below the page: what it tried itself, and then what we did.
  const below = await demo.untilFound(() => {
    const log = demo.stdout.slice(demo.stdout.indexOf('Ctrl-C stops everything'));
    return log.split(`Service1: GET / from ${dn}\n`).length > 4 ? log : undefined;
  });
  assert.equal(below.match(/client refused: the client sent no certificate\n/g)?.length, 2);
  assert.equal(below.match(/client refused: no rule of route "\/" allows subject CN=stranger,O=Company X/g)?.length, 2);

  const [, page = ''] = /^ {2}page +(http:\/\/127\.0\.0\.1:\d+\/) /m.exec(demo.stdout) ?? [];
  const snapshot = (await (await fetch(`${page}api/snapshot`)).json()) as Snapshot;
  const [client] = snapshot.clients.entries.filter(({ certificate }) => certificate.subject === dn);
  assert.equal(client?.requests, 4);
  assert.match(await (await fetch(page)).text(), /<title>mutual<\/title>/);

  demo.signal('SIGINT');
  const { exitCode, stderr } = await demo.ended;
  assert.deepEqual([exitCode, stderr], [0, '']);
});

test('a second start takes the certificates that are there; keys are for their owner alone', async (t) => {
  const first = await startDemo(t, ['--dir', 'elsewhere']);
  first.demo.signal('SIGINT');
  await first.demo.ended;
  const files = ['ca.crt', 'server.crt', 'client-a.pem', 'stranger.pem'].map((name) =>
    join(first.cwd, 'elsewhere', name),
  );
  const before = files.map((file) => readFileSync(file, 'utf8'));
  const { demo, cwd } = await startDemo(t, ['--dir', 'elsewhere'], first.cwd);
  assert.deepEqual(
    files.map((file) => readFileSync(file, 'utf8')),
    before,
  );
  assert.equal((await paste(commandsOf(demo)[0] as string, cwd)).status, 200);
  for (const name of ['client-a.pem', 'server.key', 'private/ca.key']) {
    assert.equal(statSync(join(cwd, 'elsewhere', name)).mode & 0o077, 0, name);
  }
  demo.signal('SIGTERM');
  assert.equal((await demo.ended).exitCode, 0);
});

test('ports that are in use are told, and others are found', async (t) => {
  // Whoever has them already has them: another test, another program.
  for (const port of [3000, 8443, 8080, 9901]) {
    const server = createServer().on('error', () => {});
    server.listen(port, '127.0.0.1');
    t.after(() => server.close());
    await Promise.race([once(server, 'listening'), once(server, 'error')]).catch(() => {});
  }
  const { demo, cwd } = await startDemo(t);
  for (const [port, what] of [
    [3000, 'Service1'],
    [8443, 'the server side'],
    [8080, 'the client side'],
    [9901, 'the page'],
  ]) {
    const [, other] = new RegExp(`Port ${port} is in use: ${what} has (\\d+) instead\\.`).exec(demo.stdout) ?? [];
    assert.ok(Number(other) > Number(port), demo.stdout);
    assert.ok(demo.stdout.includes(`:${other}/`));
  }
  const statuses = await Promise.all(commandsOf(demo).map((command) => paste(command, cwd)));
  assert.deepEqual(
    statuses.map(({ status }) => status),
    [200, 0, 403, 200],
  );
  demo.signal('SIGINT');
  demo.signal('SIGINT');
  const { exitCode } = await demo.ended;
  assert.equal(exitCode, 0, 'npm sends a second one after that of the terminal');
});

test('on a narrow terminal nothing is wider than it but what cannot be broken', { skip: hasScript() }, async (t) => {
  const cwd = temporaryDirectory(t);
  const inner = `stty cols 44; exec '${process.execPath}' '${entries.main}' demo`;
  // Under continuous integration Node takes every terminal for one without colours.
  const { CI: _, NO_COLOR: __, FORCE_COLOR: ___, ...rest } = process.env;
  const env = { ...rest, TERM: 'xterm-256color' };
  const child = spawn('script', ['-qec', inner, '/dev/null'], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let page = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    page += text;
  });
  while (!page.includes('logs of Service1')) await once(child.stdout, 'data');
  const plain = (page.split('mutual: ')[0] as string).replaceAll(/\x1b\[\d+m|\r/g, '');
  const wide = plain.split('\n').filter((line) => line.length > 44 && line.trim().includes(' '));
  assert.deepEqual(wide, []);
  assert.match(page, /\x1b\[1m/, 'a terminal shows what is bold');
  child.stdin.write('\x03');
  assert.deepEqual(await once(child, 'close'), [0, null]);
});

function hasScript(): string | false {
  return process.platform === 'linux' ? false : 'needs the script program of Linux';
}
