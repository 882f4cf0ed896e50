import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFile, keepFile, replaceFile } from '../../../src/ca/write-file.ts';
import { temporaryDirectory } from '../../support/openssl.ts';

test('a new file has its content and its permissions', async (t) => {
  const path = join(temporaryDirectory(t), 'a.key');
  await createFile(path, 'secret', 0o600);
  assert.equal(readFileSync(path, 'utf8'), 'secret');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a file that exists is never overwritten, and nothing is left behind', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'a.key');
  writeFileSync(path, 'old');
  await assert.rejects(createFile(path, 'new', 0o600), { code: 'store-exists' });
  assert.equal(readFileSync(path, 'utf8'), 'old');
  assert.deepEqual(readdirSync(directory), ['a.key']);
});

test('a planted link is not followed', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'a.key');
  symlinkSync(join(directory, 'elsewhere'), path);
  await assert.rejects(createFile(path, 'new', 0o600), { code: 'store-exists' });
  assert.deepEqual(readdirSync(directory), ['a.key']);
});

test('replacing changes the file in one step', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'index.txt');
  writeFileSync(path, 'old');
  const before = lstatSync(path).ino;
  await keepFile(path, join(directory, 'kept'));
  await replaceFile(path, 'new', 0o644);
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.notEqual(lstatSync(path).ino, before);
  assert.equal(readFileSync(join(directory, 'kept'), 'utf8'), 'old');
});

test('a directory that is missing is said in words', async (t) => {
  const path = join(temporaryDirectory(t), 'missing', 'a.key');
  await assert.rejects(createFile(path, 'x', 0o600), {
    code: 'file-unwritable',
    message: /cannot write .*missing\/a\.key/,
  });
});

test('a replacement that fails leaves no temporary file', async (t) => {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, 'taken'));
  await assert.rejects(replaceFile(join(directory, 'taken'), 'x', 0o644), { code: 'file-unwritable' });
  assert.deepEqual(readdirSync(directory), ['taken']);
});
