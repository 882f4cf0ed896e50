import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isAbandoned, withLock } from '../../../src/ca/store-lock.ts';
import { temporaryDirectory } from '../../support/openssl.ts';

const silent = { waitMs: 10_000, onNotice: () => {} };
const self = { host: hostname(), pid: process.pid, startedAt: Math.round(performance.timeOrigin) };

/** The id of a process that was there and is gone. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

test('the lock is there while the work is done, and gone after it, also if it fails', async (t) => {
  const path = join(temporaryDirectory(t), '.lock');
  assert.equal(await withLock(path, silent, async () => JSON.parse(readFileSync(path, 'utf8')).pid), process.pid);
  assert.ok(!existsSync(path));
  await assert.rejects(
    withLock(path, silent, () => Promise.reject(new Error('failed'))),
    /failed/,
  );
  assert.ok(!existsSync(path));
});

test('writers take turns', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, '.lock');
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise(setImmediate);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 10 }, () => withLock(path, silent, work)));
  assert.equal(most, 1);
  assert.deepEqual(readdirSync(directory), []);
});

test('a lock that is held is respected, and says by whom', async (t) => {
  const path = join(temporaryDirectory(t), '.lock');
  await withLock(path, silent, async () => {
    const other = withLock(path, { ...silent, waitMs: 60 }, async () => assert.fail('two writers at once'));
    await assert.rejects(other, {
      code: 'store-locked',
      message: new RegExp(`process ${process.pid} on .*remove ${path}`),
    });
  });
});

test('a lock of another machine is respected', async (t) => {
  const path = join(temporaryDirectory(t), '.lock');
  writeFileSync(path, JSON.stringify({ ...self, host: 'elsewhere', pid: await deadPid() }));
  await assert.rejects(
    withLock(path, { ...silent, waitMs: 0 }, async () => assert.fail('taken')),
    {
      code: 'store-locked',
      message: /on elsewhere/,
    },
  );
});

test('a lock that nobody can read is respected', async (t) => {
  const path = join(temporaryDirectory(t), '.lock');
  writeFileSync(path, 'by hand');
  await assert.rejects(
    withLock(path, { ...silent, waitMs: 0 }, async () => assert.fail('taken')),
    { code: 'store-locked' },
  );
});

test('the lock of a dead process is taken over, and said so', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, '.lock');
  const pid = await deadPid();
  writeFileSync(path, JSON.stringify({ ...self, pid }));
  const notices: string[] = [];
  assert.equal(
    await withLock(path, { waitMs: 0, onNotice: (notice) => notices.push(notice) }, async () => 'done'),
    'done',
  );
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? '', new RegExp(`process ${pid}, which is gone`));
  assert.deepEqual(readdirSync(directory), []);
});

test('many who find the same dead lock still take turns', async (t) => {
  const path = join(temporaryDirectory(t), '.lock');
  writeFileSync(path, JSON.stringify({ ...self, pid: await deadPid() }));
  const notices: string[] = [];
  let inside = 0;
  const work = async () => {
    inside += 1;
    assert.equal(inside, 1);
    await new Promise(setImmediate);
    inside -= 1;
  };
  const options = { waitMs: 10_000, onNotice: (notice: string) => notices.push(notice) };
  await Promise.all(Array.from({ length: 8 }, () => withLock(path, options, work)));
  assert.equal(notices.length, 1);
});

test('in a container every command is process 1: the start tells them apart', () => {
  assert.equal(isAbandoned(self, self), false);
  assert.equal(isAbandoned({ ...self, startedAt: self.startedAt - 60_000 }, self), true);
  assert.equal(isAbandoned({ ...self, pid: process.ppid }, self), false);
});
