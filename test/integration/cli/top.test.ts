// `mutual top` as a process: one frame into a pipe, a live view on a terminal, and clear words where there is nothing.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type AdminFixture, startAdminFixture } from '../../support/admin-fixture.ts';
import { makeSnapshot, type SnapshotOptions } from '../../support/make-snapshot.ts';
import { temporaryDirectory } from '../../support/openssl.ts';
import { entries, runMutual } from '../../support/spawn-mutual.ts';

async function startAdmin(t: TestContext, options: SnapshotOptions = {}): Promise<AdminFixture> {
  const fixture = await startAdminFixture(makeSnapshot(options));
  t.after(() => fixture.close());
  return fixture;
}

test('into a pipe it is one frame, without colours', async (t) => {
  const { url } = await startAdmin(t);
  const { exitCode, stdout, stderr } = await runMutual(t, ['top', '--url', url]);
  assert.deepEqual([exitCode, stderr], [0, '']);
  assert.match(stdout, /^mutual 0\.1\.0 {2}up 3 h 12 min +ready /);
  assert.match(stdout, /\nclient-0 {2}OU=Unit 0, O=Company A +39 /);
  assert.doesNotMatch(stdout, /\x1b/);
});

test('the snapshot as JSON', async (t) => {
  const { url, snapshot } = await startAdmin(t);
  const { exitCode, stdout } = await runMutual(t, ['top', '--json', '--url', url]);
  assert.equal(exitCode, 0);
  assert.deepEqual(JSON.parse(stdout), snapshot);
});

test('the configuration says where to ask', async (t) => {
  const { url } = await startAdmin(t);
  const cwd = temporaryDirectory(t);
  const servers = [{ listen: '127.0.0.1:0', routes: [{ path: '/', respond: {} }] }];
  writeFileSync(join(cwd, 'mutual.yaml'), JSON.stringify({ servers, admin: new URL(url).host }));
  assert.equal((await runMutual(t, ['top', '-c', 'mutual.yaml'], { cwd })).exitCode, 0);
  assert.equal((await runMutual(t, ['top'], { cwd })).exitCode, 0, 'that of the directory without being told');
  writeFileSync(join(cwd, 'without.yaml'), JSON.stringify({ servers }));
  const without = await runMutual(t, ['top', '-c', 'without.yaml'], { cwd });
  assert.equal(without.exitCode, 2);
  assert.equal(without.stderr, 'mutual: without.yaml has no admin listener: add `admin: true` to it and reload\n');
});

test('where nobody answers, or somebody else, one line says so', async (t) => {
  const fixture = await startAdmin(t);
  fixture.snapshot = { error: 'not a snapshot' } as never;
  const other = await runMutual(t, ['top', '--url', fixture.url]);
  assert.equal(other.exitCode, 1);
  assert.match(
    other.stderr,
    /^mutual: the admin listener at http:\/\/127\.0\.0\.1:\d+ answered 200, and not with a snapshot: [^\n]*\n$/,
  );
  await fixture.close();
  const gone = await runMutual(t, ['top', '--url', fixture.url]);
  assert.equal(gone.exitCode, 1);
  assert.match(
    gone.stderr,
    /^mutual: the admin listener at http:\/\/127\.0\.0\.1:\d+ cannot be reached: [^\n]*ECONNREFUSED[^\n]*\n$/,
  );
  const wrong = await runMutual(t, ['top', '--url', 'localhost']);
  assert.equal(wrong.exitCode, 2);
});

const noTerminal = process.platform === 'linux' ? false : 'needs the script program of Linux';

/** Runs it on a terminal of this size. */
function openOnTerminal(t: TestContext, url: string, rows: number, columns: number) {
  const inner = `stty rows ${rows} cols ${columns}; exec '${process.execPath}' '${entries.main}' top --url ${url}`;
  const { CI: _, NO_COLOR: __, FORCE_COLOR: ___, ...rest } = process.env;
  const env = { ...rest, TERM: 'xterm-256color' };
  const child = spawn('script', ['-qec', inner, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const ended = once(child, 'close');
  return {
    child,
    ended,
    get text() {
      return text;
    },
    async until(pattern: RegExp): Promise<void> {
      while (!pattern.test(text)) await once(child.stdout, 'data');
    },
  };
}

test('on a terminal it is live until q, and leaves the screen as it was', { skip: noTerminal }, async (t) => {
  const fixture = await startAdmin(t, { hostile: true });
  const top = openOnTerminal(t, fixture.url, 24, 80);
  await top.until(/324 \/s/);
  assert.ok(top.text.startsWith('\x1b[?1049h\x1b[?25l'), JSON.stringify(top.text.slice(0, 40)));
  fixture.snapshot = { ...fixture.snapshot, now: { ...fixture.snapshot.now, requestsPerSecond: 4321 } };
  await top.until(/4,321 \/s/);
  await fixture.disconnect();
  await top.until(/not connected since/);
  await fixture.reconnect();
  await top.until(/not connected since.*ready/s);
  top.child.stdin.write('q');
  assert.deepEqual(await top.ended, [0, null]);
  assert.ok(top.text.trimEnd().endsWith('\x1b[?25h\x1b[?1049l'));
  for (const frame of top.text.split('\x1b[H').slice(1)) {
    assert.ok(frame.split('\r\n').length <= 24);
  }
  assert.doesNotMatch(top.text, /\u202e|\x00/);
});

test('Ctrl-C ends it, too', { skip: noTerminal }, async (t) => {
  const fixture = await startAdmin(t);
  const top = openOnTerminal(t, fixture.url, 12, 44);
  await top.until(/324 \/s/);
  top.child.stdin.write('\x03');
  assert.deepEqual(await top.ended, [0, null]);
});
