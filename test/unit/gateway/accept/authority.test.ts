// Which texts name a host, and which do not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAuthority } from '../../../../src/gateway/accept/authority.ts';

const accepted: readonly (readonly [string, string])[] = [
  ['a.example', 'a.example'],
  ['A.Example', 'a.example'],
  ['a.example:8443', 'a.example'],
  ['a.example:', 'a.example'],
  ['a.example:65535', 'a.example'],
  ['a.example.', 'a.example'],
  ['OPEN.test.:38447', 'open.test'],
  ['localhost', 'localhost'],
  ['under_score.example', 'under_score.example'],
  ['192.0.2.1:80', '192.0.2.1'],
  ['[::1]', '[::1]'],
  ['[2001:DB8::1]:443', '[2001:db8::1]'],
  ['[::ffff:192.0.2.1]', '[::ffff:192.0.2.1]'],
  [`${'a'.repeat(255)}:65535`, 'a'.repeat(255)],
];

for (const [authority, host] of accepted) {
  test(`${JSON.stringify(authority.slice(0, 40))} names ${host.slice(0, 40)}`, () => {
    assert.equal(parseAuthority(authority), host);
  });
}

const refused = [
  '',
  '.',
  '.a',
  'a..b',
  'a.example..',
  ':80',
  'a:b',
  'a:65536',
  'a:000080',
  'a:80:80',
  'a:-1',
  'a/../b',
  'a?b',
  'a#b',
  'user@a',
  'a\\b',
  'a b',
  ' a',
  'a\t',
  'a\0',
  'a\r\nb',
  'ä.example',
  'a%2eb',
  'a,b',
  'a;b',
  '*.example',
  '::1',
  '[::1',
  '[]',
  '[:::1]',
  '[1.2.3.4]',
  '[fe80::1%25eth0]',
  '[v1.a]',
  '[::1].a',
  'a'.repeat(256),
  'a.'.repeat(50_000),
];

for (const authority of refused) {
  test(`${JSON.stringify(authority.slice(0, 40))} names nobody`, () => {
    assert.equal(parseAuthority(authority), undefined);
  });
}

test('whatever comes in, what goes out is a name in lower case that is its own name', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'aZ0.-_:[]%@/\\ ;,\0') }));
  fc.assert(
    fc.property(text, (authority) => {
      const host = parseAuthority(authority);
      if (host === undefined) return;
      assert.match(host, /^[a-z0-9._~:[\]-]+$/);
      assert.equal(parseAuthority(host), host);
    }),
    { seed: 1, numRuns: 2000 },
  );
});
