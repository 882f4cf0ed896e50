import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createLineWriter } from '../../../../src/gateway/observe/line-writer.ts';
import { temporaryDirectory } from '../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const module = new URL('../../../../src/gateway/observe/line-writer.ts', import.meta.url).href;

const writerOf = (target: string | number, delayMs = 20, onError = (reason: string): void => assert.fail(reason)) =>
  createLineWriter({ target, delayMs, onError });

const linesOf = (...files: string[]): string[] =>
  files.flatMap((file) => readFileSync(file, 'utf8').trimEnd().split('\n'));

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `line ${i}`);

test('lines are appended whole and in order', async () => {
  const file = join(directory, 'append.log');
  writeFileSync(file, 'before\n');
  const writer = writerOf(file);
  for (const line of numbered(20_000)) writer.write(`${line}\n`);
  await writer.close();
  assert.deepEqual(linesOf(file), ['before', ...numbered(20_000)]);
});

test('after a rename and reopen new lines go to a new file, and none is lost', async () => {
  const file = join(directory, 'rotate.log');
  const writer = writerOf(file);
  for (const [i, line] of numbered(30_000).entries()) {
    writer.write(`${line}\n`);
    if (i === 9999 || i === 19_999) {
      renameSync(file, `${file}.${i}`);
      writer.reopen();
    }
  }
  await writer.close();
  const parts = [`${file}.9999`, `${file}.19999`, file];
  assert.deepEqual(linesOf(...parts), numbered(30_000));
  assert.equal(linesOf(file)[0], 'line 20000');
});

for (const [how, take] of [
  ['renamed', (file: string) => renameSync(file, `${file}.1`)],
  ['removed', (file: string) => rmSync(file)],
  [
    'replaced',
    (file: string) => {
      renameSync(file, `${file}.1`);
      writeFileSync(file, '');
    },
  ],
] as const) {
  test(`a file that was ${how} is made anew without anybody's asking`, async () => {
    const file = join(directory, `${how}.log`);
    const writer = createLineWriter({ target: file, delayMs: 0, lookMs: 1, onError: (reason) => assert.fail(reason) });
    writer.write('before\n');
    writer.flushSync();
    const kept = openSync(file, 'r');
    take(file);
    let written = 0;
    while (!existsSync(file) || readFileSync(file, 'utf8') === '') {
      writer.write(`line ${written}\n`);
      written += 1;
      await new Promise(setImmediate);
    }
    await writer.close();
    const lines = [readFileSync(kept, 'utf8'), readFileSync(file, 'utf8')].join('').trimEnd().split('\n');
    assert.deepEqual(lines, ['before', ...numbered(written)]);
  });
}

test('a file that cannot be made anew is told once, and again only after it could', async () => {
  const folder = join(directory, 'comes and goes');
  mkdirSync(folder);
  const file = join(folder, 'x.log');
  const errors: string[] = [];
  const onError = (reason: string): void => void errors.push(reason);
  const writer = createLineWriter({ target: file, delayMs: 0, lookMs: 1, onError });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise(setImmediate);
  };
  for (const times of [1, 2]) {
    rmSync(folder, { recursive: true });
    await until(() => errors.length === times);
    for (let turn = 0; turn < 1000; turn += 1) await new Promise(setImmediate);
    assert.equal(errors.length, times);
    mkdirSync(folder);
    await until(() => existsSync(file));
  }
  writer.write('back\n');
  await writer.close();
  assert.match(errors[0] ?? '', /x\.log cannot be opened for the log; its directory has to exist/);
  assert.equal(readFileSync(file, 'utf8'), 'back\n');
});

test('a full buffer is written without waiting', async () => {
  const file = join(directory, 'full.log');
  const onError = (reason: string): void => assert.fail(reason);
  const writer = createLineWriter({ target: file, delayMs: 60_000, bufferBytes: 10, onError });
  writer.write('four\n');
  writer.write('again\n');
  while (readFileSync(file, 'utf8') === '') await new Promise(setImmediate);
  assert.equal(readFileSync(file, 'utf8'), 'four\nagain\n');
  await writer.close();
});

test('flushSync writes to a renamed file, too', async () => {
  const file = join(directory, 'sync-renamed.log');
  const writer = writerOf(file, 60_000);
  for (const line of numbered(20_000)) writer.write(`${line}\n`);
  renameSync(file, `${file}.1`);
  writer.reopen();
  writer.write('after\n');
  writer.flushSync();
  assert.equal(readFileSync(file, 'utf8'), 'after\n');
  await writer.close();
  assert.deepEqual(linesOf(`${file}.1`).sort(), numbered(20_000).sort());
});

test('flushSync writes what waits before it returns', () => {
  const file = join(directory, 'sync.log');
  const writer = writerOf(file, 60_000);
  writer.write('one\n');
  assert.equal(readFileSync(file, 'utf8'), '');
  writer.flushSync();
  assert.equal(readFileSync(file, 'utf8'), 'one\n');
  return writer.close();
});

test('without delay a line is on its way at once', async () => {
  const file = join(directory, 'direct.log');
  const writer = writerOf(file, 0);
  writer.write('one\n');
  writer.flushSync();
  await writer.close();
  assert.equal(readFileSync(file, 'utf8'), 'one\n');
  writer.write('after the end\n');
  assert.equal(readFileSync(file, 'utf8'), 'one\n');
});

test('a file of one’s own: nobody else may read it', async () => {
  const file = join(directory, 'mode.log');
  await writerOf(file).close();
  assert.equal(statSync(file).mode & 0o007, 0);
});

test('a file that cannot be opened is one clear error', () => {
  assert.throws(() => writerOf(join(directory, 'none', 'x.log')), {
    code: 'file-unwritable',
    message: /none\/x\.log cannot be opened for the log; its directory has to exist: /,
  });
  assert.throws(() => writerOf(directory), { code: 'file-unwritable' });
});

test('a reopen that fails keeps the old file and says so', async () => {
  const folder = join(directory, 'folder');
  mkdirSync(folder);
  const file = join(folder, 'x.log');
  const errors: string[] = [];
  const writer = writerOf(file, 0, (reason) => errors.push(reason));
  const kept = openSync(file, 'r');
  rmSync(folder, { recursive: true });
  writer.reopen();
  writer.write('kept\n');
  await writer.close();
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? '', /cannot be opened/);
  assert.equal(readFileSync(kept, 'utf8'), 'kept\n');
});

test('a full disk is told once and ends nothing', async () => {
  const errors: string[] = [];
  const writer = writerOf('/dev/full', 0, (reason) => errors.push(reason));
  for (const line of numbered(10)) {
    writer.write(`${line}\n`);
    await new Promise(setImmediate);
  }
  await writer.close();
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? '', /\/dev\/full cannot be written: ENOSPC/);
});

const program = (text: string): string =>
  `import { createLineWriter } from ${JSON.stringify(module)};
   const writer = createLineWriter({ target: 1, delayMs: 20, onError: (reason) => process.stderr.write(reason) });
   ${text}`;

test('standard output gets every line of a process that ends by itself', () => {
  const text = program('for (let i = 0; i < 5000; i += 1) writer.write("line " + i + "\\n");');
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8' });
  assert.deepEqual(output.trimEnd().split('\n'), numbered(5000));
});

test('a reader of standard output that goes away does not take the process with it', async () => {
  const text = program(`
    process.stdin.once('data', async () => {
      for (let i = 0; i < 5000; i += 1) { writer.write('x'.repeat(100) + '\\n'); if (i % 100 === 0) await new Promise(setImmediate); }
      await writer.close();
      process.exit(7);
    });`);
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdout.destroy();
  child.stdin.write('go');
  const [code] = await once(child, 'exit');
  assert.equal(code, 7);
});
