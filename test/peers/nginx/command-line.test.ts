// The same command lines for the real nginx and for `mutual nginx`: the same texts and exit codes.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { withoutNginx } from '../../support/nginx.ts';
import { compileCache, entries } from '../../support/spawn-mutual.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('as nginx: the command line', { skip: withoutNginx, concurrency: 2 }, () => {
  let prefix = '';
  let version = '';
  before(async () => {
    prefix = mkdtempSync(join(tmpdir(), 'mutual-nginx-command-'));
    for (const folder of ['conf', 'logs']) mkdirSync(join(prefix, folder));
    const files = {
      'nginx.conf': 'events {}\nhttp { server { listen 127.0.0.1:18080; include part; } }\n',
      part: 'return 204;',
      'warns.conf': 'events {}\nhttp { server { listen 127.0.0.1:18080; location / { deny 10.0.0.1/8; } } }\n',
      'wrong.conf': 'events {}\nfoo;\n',
      'no-events.conf': 'http {}\n',
      'no-log.conf': 'error_log none/error.log; events {}\n',
      'no-pid.conf': 'pid none/nginx.pid; events {}\n',
      'pid.conf': 'pid logs/other.pid; events {}\n',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(prefix, 'conf', name), text);
    writeFileSync(join(prefix, 'logs/other.pid'), 'x\n');
    version = /1\.\d+/.exec((await run('nginx', ['-v'])).stderr)?.[0] ?? '';
  });
  after(() => rmSync(prefix, { recursive: true, force: true }));

  const own = (...args: readonly string[]): string[] => {
    // Where nginx looks by itself differs from one package to the next.
    const file = args.includes('-c') ? [] : ['-c', 'conf/nginx.conf'];
    return ['-p', prefix, '-e', 'logs/error.log', ...file, ...args];
  };
  const cases: readonly (readonly [name: string, args: () => string[]])[] = [
    ['a right file', () => own('-t')],
    ['quietly', () => own('-t', '-q')],
    ['letters together', () => own('-tq')],
    ['a value right behind its letter', () => [`-p${prefix}/`, '-elogs/error.log', '-cconf/nginx.conf', '-t']],
    ['a dump', () => own('-T')],
    ['a dump, quietly', () => own('-T', '-q')],
    ['a warning', () => own('-t', '-c', 'conf/warns.conf')],
    ['a wrong file', () => own('-t', '-c', 'conf/wrong.conf')],
    ['a wrong file, quietly', () => own('-t', '-q', '-c', 'conf/wrong.conf')],
    ['a wrong file, to be served', () => own('-c', 'conf/wrong.conf')],
    ['no events', () => own('-t', '-c', 'conf/no-events.conf')],
    ['a log that cannot be opened', () => own('-t', '-c', 'conf/no-log.conf')],
    ['a pid file that cannot be written', () => own('-t', '-c', 'conf/no-pid.conf')],
    ['no file', () => own('-t', '-c', 'conf/none.conf')],
    ['a folder', () => own('-t', '-c', 'conf')],
    ['directives of the command line', () => own('-t', '-g', 'pid logs/a.pid; worker_processes 2;')],
    ['directives twice', () => own('-t', '-c', 'conf/pid.conf', '-g', 'pid logs/a.pid;')],
    ['directives without an end', () => own('-t', '-g', 'daemon off')],
    ['unknown directives', () => own('-t', '-g', 'foo on;')],
    ['blocks in directives', () => own('-t', '-g', 'events {')],
    ['an unknown letter', () => ['-x']],
    ['an unknown letter among others', () => ['-tz']],
    ['no letter', () => ['foo']],
    ['an unknown signal', () => ['-s', 'foo']],
    ['no file name', () => ['-c']],
    ['no prefix', () => ['-p']],
    ['no log', () => ['-e']],
    ['no directives', () => ['-g']],
    ['no signal', () => ['-s']],
    ['a signal to nobody', () => own('-s', 'quit', '-g', 'pid logs/none.pid;')],
    ['a signal by way of a broken file', () => own('-s', 'reload', '-c', 'conf/pid.conf')],
  ];
  for (const [name, args] of cases) {
    test(name, async () => {
      const [nginx, mutual] = await Promise.all([
        run('nginx', args()),
        run(process.execPath, [entries.main, 'nginx', '--nginx-compat', version, ...args()]),
      ]);
      assert.notEqual(`${nginx.stdout}${nginx.stderr}${nginx.code}`, '');
      assert.deepEqual(mutual, nginx);
    });
  }

  test('an error log that cannot be opened', async () => {
    const args = ['-p', prefix, '-e', 'none/error.log', '-t', '-c', 'conf/wrong.conf'];
    const [nginx, mutual] = await Promise.all([
      run('nginx', args),
      run(process.execPath, [entries.main, 'nginx', ...args]),
    ]);
    assert.match(nginx.stderr, /^nginx: \[alert\] could not open error log file/);
    assert.deepEqual(withoutTimes(mutual), withoutTimes(nginx));
  });

  test('the help names the same options', async () => {
    const [nginx, mutual] = await Promise.all([
      run('nginx', ['-h']),
      run(process.execPath, [entries.main, 'nginx', '-h']),
    ]);
    const options = ({ stderr }: Outcome): string[] => stderr.match(/^ {2}-\S+/gm) ?? [];
    assert.ok(options(nginx).length > 8);
    assert.deepEqual(options(mutual), options(nginx));
    assert.equal(mutual.code, nginx.code);
  });

  test('what is told of a wrong file stands in the log, too', async () => {
    const log = 'logs/told.log';
    await run(process.execPath, [entries.main, 'nginx', '-p', prefix, '-e', log, '-t', '-c', 'conf/wrong.conf']);
    const text = readFileSync(join(prefix, log), 'utf8');
    assert.match(
      text,
      /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[emerg\] \d+#\d+: unknown directive "foo" in .*wrong.conf:2\n$/,
    );
  });
});

function withoutTimes({ code, stdout, stderr }: Outcome): Outcome {
  return { code, stdout, stderr: stderr.replaceAll(/\d{4}\/\S+ \S+/g, '(time)').replaceAll(/\d+#\d+/g, '(process)') };
}

function run(command: string, args: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin`, NODE_COMPILE_CACHE: compileCache };
  return new Promise((resolve) => {
    const child = execFile(command, args, { env }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}
