// docs/errors.md and src/errors.ts say the same.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ErrorCode, type ErrorKind, errorKinds } from '../../src/errors.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8');

/** Rows of the tables whose first cell is a code. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );

const documented = rows.map(([code = '']) => code.replaceAll('`', ''));

test('every code is documented, once', () => {
  assert.deepEqual(documented.toSorted(), Object.keys(errorKinds).toSorted());
});

test('fault, status and exit code are those of the code', () => {
  for (const [i, code] of documented.entries()) {
    const kind: ErrorKind = errorKinds[code as ErrorCode];
    const [, fault, status, exitCode] = rows[i] ?? [];
    assert.deepEqual(
      { fault, status, exitCode },
      { fault: kind.fault, status: String(kind.status ?? '–'), exitCode: String(kind.exitCode) },
      code,
    );
  }
});

test('every code has a meaning, a remedy, and the number that nginx has for it', () => {
  for (const [i, code] of documented.entries()) {
    const { nginxStatus }: ErrorKind = errorKinds[code as ErrorCode];
    const [, , , , meaning = '', remedy = '', ...more] = rows[i] ?? [];
    assert.match(meaning, /^[A-Z`].*\.$/, code);
    assert.match(remedy, /\.$/, code);
    assert.deepEqual(more, [], code);
    if (nginxStatus !== undefined) assert.ok(meaning.includes(String(nginxStatus)), code);
  }
});
