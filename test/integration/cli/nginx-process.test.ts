// `mutual nginx` as a process: its number, its log, its signals, and where it goes when it is not told to stay.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../../support/openssl.ts';
import { type MutualProcess, runMutual, spawnMutual } from '../../support/spawn-mutual.ts';

interface Installation {
  readonly prefix: string;
  readonly args: readonly string[];
  log(): string;
  pid(): number | undefined;
  write(text: string): void;
}

function install(t: TestContext, text: string): Installation {
  const prefix = temporaryDirectory(t);
  for (const folder of ['conf', 'logs']) mkdirSync(join(prefix, folder));
  const pidFile = join(prefix, 'logs/nginx.pid');
  const write = (next: string): void => writeFileSync(join(prefix, 'conf/nginx.conf'), next);
  write(text);
  return {
    prefix,
    args: ['nginx', '-p', prefix],
    log: () => readFileSync(join(prefix, 'logs/error.log'), 'utf8'),
    pid: () => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) || undefined : undefined),
    write,
  };
}

/** Looks again and again: a file tells nobody that it has changed. */
async function until<T>(look: () => T | undefined | false, what: string): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`never seen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function start(t: TestContext, installation: Installation): Promise<MutualProcess> {
  const mutual = spawnMutual(t, installation.args);
  await Promise.race([
    until(() => installation.pid(), 'the pid file'),
    mutual.ended.then(({ stderr }) => Promise.reject(new Error(`ended: ${stderr}`))),
  ]);
  return mutual;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function ask(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text();
}

const plain = 'daemon off; error_log logs/error.log notice;\nevents {}\n';

describe('in the foreground', () => {
  for (const [signal, doing] of [
    ['SIGQUIT', 'shutting down'],
    ['SIGTERM', 'exiting'],
    ['SIGINT', 'exiting'],
  ] as const) {
    test(`${signal}: ${doing}, code 0, no pid file, nothing printed`, async (t) => {
      const installation = install(t, plain);
      const mutual = await start(t, installation);
      assert.equal(installation.pid(), mutual.pid);
      mutual.signal(signal);
      const { exitCode, stdout, stderr } = await mutual.ended;
      assert.deepEqual({ exitCode, stdout, stderr }, { exitCode: 0, stdout: '', stderr: '' });
      assert.equal(installation.pid(), undefined);
      assert.match(
        installation.log(),
        new RegExp(
          `^\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d \\[notice\\] ${mutual.pid}#${mutual.pid}: signal \\d+ \\(${signal}\\) received, ${doing}$`,
          'm',
        ),
      );
      assert.doesNotMatch(installation.log(), /\[(alert|emerg|crit)\]/);
    });
  }

  test('a level that says nothing leaves the log empty', async (t) => {
    const installation = install(t, 'daemon off;\nevents {}\n');
    const mutual = await start(t, installation);
    mutual.signal('SIGQUIT');
    await mutual.ended;
    assert.equal(installation.log(), '');
  });

  test('the pid file that the file names', async (t) => {
    const installation = install(t, 'daemon off; pid named.pid;\nevents {}\n');
    const mutual = spawnMutual(t, installation.args);
    const named = join(installation.prefix, 'named.pid');
    const pid = await until(() => existsSync(named) && readFileSync(named, 'utf8'), 'the pid file');
    assert.equal(pid, `${mutual.pid}\n`);
    mutual.signal('SIGTERM');
    await mutual.ended;
    assert.ok(!existsSync(named));
  });

  test('USR1 opens the log anew', async (t) => {
    const installation = install(t, plain);
    const mutual = await start(t, installation);
    const renamed = join(installation.prefix, 'logs/error.1');
    renameSync(join(installation.prefix, 'logs/error.log'), renamed);
    mutual.signal('SIGUSR1');
    await until(() => existsSync(join(installation.prefix, 'logs/error.log')), 'a new log');
    mutual.signal('SIGQUIT');
    await mutual.ended;
    assert.match(readFileSync(renamed, 'utf8'), /reopening logs/);
    assert.match(installation.log(), /shutting down/);
  });

  test('HUP with a file that is wrong: told, and the one before stays', async (t) => {
    const installation = install(t, plain);
    const mutual = await start(t, installation);
    installation.write('daemon off;\nevents {}\nfoo;\n');
    mutual.signal('SIGHUP');
    await until(
      () => /\[emerg\] \d+#\d+: unknown directive "foo" in .*nginx.conf:3\n/.test(installation.log()),
      'the fault',
    );
    installation.write(plain);
    mutual.signal('SIGQUIT');
    assert.equal((await mutual.ended).exitCode, 0);
  });

  test('several logs, each with its level', async (t) => {
    const installation = install(t, `error_log logs/other.log crit;\n${plain}`);
    const mutual = await start(t, installation);
    mutual.signal('SIGQUIT');
    await mutual.ended;
    assert.match(installation.log(), /shutting down/);
    assert.equal(readFileSync(join(installation.prefix, 'logs/other.log'), 'utf8'), '');
  });
});

describe('with servers', () => {
  const text = (port: number, answer: string): string =>
    `daemon off; error_log logs/error.log notice;\nevents {}\nhttp { access_log logs/access.log;\n` +
    `server { listen 127.0.0.1:${port}; location / { return 200 ${answer}; } } }\n`;

  test('whoever sees the pid file can connect; HUP and USR1 take effect', async (t) => {
    const port = await freePort();
    const installation = install(t, text(port, 'one'));
    const mutual = await start(t, installation);
    assert.equal(await ask(port), 'one');
    installation.write(text(port, 'two'));
    mutual.signal('SIGHUP');
    await until(() => /reconfigured/.test(installation.log()), 'the reload');
    assert.equal(await ask(port), 'two');
    const access = join(installation.prefix, 'logs/access.log');
    await until(() => readFileSync(access, 'utf8').split('\n').length === 3, 'two lines');
    renameSync(access, `${access}.1`);
    mutual.signal('SIGUSR1');
    await until(() => existsSync(access), 'a new log');
    assert.equal(await ask(port), 'two');
    mutual.signal('SIGQUIT');
    const { exitCode, stdout, stderr } = await mutual.ended;
    assert.deepEqual({ exitCode, stdout, stderr }, { exitCode: 0, stdout: '', stderr: '' });
    assert.equal(readFileSync(access, 'utf8').split('\n').length, 2);
    assert.doesNotMatch(installation.log(), /\[(alert|emerg|crit|error)\]/);
  });

  test('an address that cannot be bound', async (t) => {
    const installation = install(t, 'daemon off; events {}\nhttp { server { listen unix:/none/x.sock; } }\n');
    const fault = 'bind() to unix:/none/x.sock failed (2: No such file or directory)';
    const { exitCode, stderr } = await runMutual(t, installation.args);
    assert.deepEqual({ exitCode, stderr }, { exitCode: 1, stderr: `nginx: [emerg] ${fault}\n` });
    assert.ok(installation.log().endsWith(`: ${fault}\n`));
    assert.equal(installation.pid(), undefined);
    const tested = await runMutual(t, [...installation.args, '-t', '-q']);
    assert.match(tested.stderr, /^nginx: \[emerg\] bind\(\) to unix:\/none\/x\.sock failed .*\n.* test failed\n$/);
  });
});

test('a fault of the program ends it, told in one line, and takes the pid file along', async (t) => {
  const port = await freePort();
  const installation = install(
    t,
    `daemon off; events {}\nhttp { server { listen 127.0.0.1:${port}; location / { return 200 ok; } } }\n`,
  );
  // Thrown from outside, by a signal that comes to nothing else.
  const bomb = 'process.on("SIGUSR2", () => { throw new TypeError("first\\nsecond"); })';
  const nodeOptions = ['--import', `data:text/javascript,${encodeURIComponent(bomb)}`];
  const mutual = spawnMutual(t, installation.args, { nodeOptions });
  await until(() => installation.pid(), 'the pid file');
  assert.equal(await ask(port), 'ok');
  mutual.signal('SIGUSR2');
  const { exitCode, stderr } = await mutual.ended;
  assert.deepEqual({ exitCode, stderr }, { exitCode: 1, stderr: '' });
  assert.equal(installation.pid(), undefined);
  assert.match(
    installation.log(),
    /^\S+ \S+ \[alert\] .*: a fault of the program ends it: TypeError: first; second; at .*\n$/,
  );
  const access = readFileSync(join(installation.prefix, 'logs/access.log'), 'utf8');
  assert.match(access, /" 200 2 "/);
});

describe('in the background', () => {
  test('the first process ends with 0 when the second serves, and -s finds it', async (t) => {
    const installation = install(t, 'error_log logs/error.log notice;\nevents {}\n');
    t.after(() => {
      const pid = installation.pid();
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    });
    const first = spawnMutual(t, installation.args);
    const { exitCode, stdout, stderr } = await first.ended;
    assert.deepEqual({ exitCode, stdout, stderr }, { exitCode: 0, stdout: '', stderr: '' });
    const pid = installation.pid();
    assert.ok(pid !== undefined && pid !== first.pid);
    process.kill(pid, 0);
    const signalled = await runMutual(t, [...installation.args, '-s', 'quit']);
    assert.equal(signalled.exitCode, 0);
    await until(() => installation.pid() === undefined, 'the end');
    assert.match(installation.log(), /signal process started/);
  });

  test('one that cannot serve says so by way of the first', async (t) => {
    const installation = install(t, 'pid logs/none/nginx.pid;\nevents {}\n');
    const { exitCode, stderr } = await runMutual(t, installation.args);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /^nginx: \[emerg\] open\(\) ".*\/logs\/none\/nginx\.pid" failed \(2: No such file or directory\)\n$/,
    );
  });
});
