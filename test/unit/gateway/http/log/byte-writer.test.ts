import assert from 'node:assert/strict';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createByteWriter } from '../../../../../src/gateway/http/log/byte-writer.ts';
import { temporaryDirectory } from '../../../../support/openssl.ts';

test('no line is lost where a file is opened anew or closed right behind it', async (t) => {
  const file = join(temporaryDirectory(t), 'access.log');
  const errors: string[] = [];
  const writer = createByteWriter({ target: file, buffer: undefined, onError: (reason) => errors.push(reason) });
  const lines = (name: string): number => readFileSync(name, 'latin1').split('\n').length - 1;
  for (let n = 0; n < 100; n += 1) writer.write(`${'a'.repeat(1000)}\n`);
  // Let the write of these begin.
  await new Promise((resolve) => setImmediate(resolve));
  renameSync(file, `${file}.1`);
  writer.reopen();
  writer.write('new\n');
  await new Promise((resolve) => setImmediate(resolve));
  writer.write('last\n');
  writer.close();
  assert.equal(lines(`${file}.1`), 100);
  assert.equal(readFileSync(file, 'latin1'), 'new\nlast\n');
  assert.deepEqual(errors, []);
});
