// Two values are proofs: an identity, that a certificate was verified, and a permit, that every question was answered
// with yes. Each has one maker, and one file that may call it.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const source = resolve(import.meta.dirname, '../../../src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

function mentioning(word: string): string[] {
  return files.filter((file) => new RegExp(`\\b${word}\\b`).test(readFileSync(join(source, file), 'utf8'))).sort();
}

test('only authorize.ts makes permits', () => {
  assert.deepEqual(mentioning('permitOf'), ['gateway/authorize/authorize.ts', 'gateway/authorize/decision.ts']);
});

test('only certificate.ts makes identities', () => {
  assert.deepEqual(mentioning('identityOf'), [
    'gateway/authenticate/certificate.ts',
    'gateway/authenticate/identity.ts',
  ]);
});

test('nobody makes either by an assertion of type', () => {
  const asserting = files.filter((file) =>
    /\bas (unknown as )?(Permit|Identity)\b/.test(readFileSync(join(source, file), 'utf8')),
  );
  assert.deepEqual(asserting, []);
});
