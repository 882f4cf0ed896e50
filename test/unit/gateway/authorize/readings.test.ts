// What lenient programs take a path for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Ambiguity, readingsOf } from '../../../../src/gateway/authorize/readings.ts';

function readings(path: string): readonly string[] {
  const found = readingsOf(path);
  assert.ok(!(found instanceof Ambiguity), found instanceof Ambiguity ? found.reason : '');
  return found;
}

test('a plain path has one reading', () => {
  assert.deepEqual(readings('/a/b.c/'), ['/a/b.c/']);
  assert.deepEqual(readings('/.well-known/x'), ['/.well-known/x']);
  assert.deepEqual(readings('/a..b/...'), ['/a..b/...']);
});

// A path, and what a lenient program takes it for.
const taken: readonly (readonly [string, string])[] = [
  ['/%61dmin', '/admin'],
  ['/%2561dmin', '/admin'],
  ['/./admin', '/admin'],
  ['/%2e/admin', '/admin'],
  ['/%252e/admin', '/admin'],
  ['/x/../admin', '/admin'],
  ['/x/..', '/'],
  ['/x/.', '/x/'],
  ['/x/%2E%2e/admin', '/admin'],
  ['/x/..%2fadmin', '/admin'],
  ['/x%2f../admin', '/admin'],
  ['/x%2fy/%2e%2e/admin', '/admin'],
  ['/x/..;/admin', '/admin'],
  ['/x/..;a=b/admin', '/admin'],
  ['/x/..%3b/admin', '/admin'],
  ['/admin;a=1/x', '/admin/x'],
  ['//admin', '/admin'],
  ['/x//../admin', '/admin'],
  ['//evil/admin', '/admin'],
  ['///evil/admin', '/admin'],
  ['/\\evil/admin', '/admin'],
  ['/%5cevil/admin', '/admin'],
  ['/x\\..\\admin', '/admin'],
  ['/x%5c..%5cadmin', '/admin'],
  ['/x%255c..%255cadmin', '/admin'],
  ['/admin%2fx', '/admin/x'],
  ['/admin%3fx', '/admin'],
  ['/admin%23x', '/admin'],
  ['/x%c0%af..%c0%afadmin', '/admin'],
  ['/x/%c0%ae%c0%ae/admin', '/admin'],
  ['/x%e0%80%afadmin', '/x/admin'],
  ['/x%f0%80%80%afadmin', '/x/admin'],
  ['/%c1%a1dmin', '/admin'],
  ['/ad%09min', '/admin'],
  ['/admin%20%1f', '/admin'],
  ['/admin/.', '/admin'],
];

for (const [path, reading] of taken) {
  test(`${path} may be taken for ${reading}`, () =>
    assert.ok(readings(path).includes(reading), readings(path).join(' ')));
}

const refused = [
  '',
  'admin',
  '*',
  '/#',
  '/admin#',
  '/%',
  '/%4',
  '/%zz',
  '/a%u0041',
  '/%00',
  '/admin%00/x',
  '/%2500',
  '/%0a',
  '/%0D',
  '/%250d',
  '/..',
  '/../a',
  '/a/../..',
  '/%2e%2e/a',
  '/%252e%252e/a',
  '/..;/a',
  '/..%2fa',
  '/\\..\\a',
  '/..%5ca',
  '/a/%c0%ae%c0%ae/%c0%ae%c0%ae/',
  '/admin%2f..%2f..',
];

for (const path of refused) {
  test(`${JSON.stringify(path)} is refused`, () => assert.ok(readingsOf(path) instanceof Ambiguity));
}

test('odd paths that mean one thing are not refused', () => {
  for (const path of ['/100%25', '/a%20b', '/%ff%fe', '/caf%C3%A9', '/a/b/..', '/a;v=1', '/a//b', '/g%2Fp', '/%3f']) {
    assert.ok(readings(path).length <= 12, `${path}: ${readings(path).length}`);
  }
});

test('a path that can be read in too many ways is refused, and soon', () => {
  const path = `/${'%5ca;b%255c..%2f%2e/%c0%af%253b'.repeat(5)}`;
  assert.ok(readingsOf(path) instanceof Ambiguity);
  assert.ok(readingsOf(`/${'a/%2e/%5c;b%2561'.repeat(2000)}`) instanceof Ambiguity);
  assert.ok(readings(`/${'a%20'.repeat(8000)}`).length > 1, 'length alone is no reason');
});

test('never throws; readings are paths, without what is always refused', () => {
  const piece = fc.constantFrom(
    '/',
    '//',
    '.',
    '..',
    '%2e',
    '%2F',
    '\\',
    '%5c',
    '%25',
    '%',
    ';',
    '#',
    '%00',
    '%0a',
    '%3f',
    '%c0%af',
    'a',
    'é',
  );
  const path = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`),
  );
  let readable = 0;
  fc.assert(
    fc.property(path, (candidate) => {
      const found = readingsOf(candidate);
      if (found instanceof Ambiguity) return;
      readable += 1;
      assert.ok(found.length <= 64);
      for (const reading of found) assert.match(reading, /^\/[^\0\r\n]*$/);
    }),
    { seed: 3, numRuns: 3000 },
  );
  assert.ok(readable > 300, `${readable} readable`);
});
