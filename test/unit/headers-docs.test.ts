// docs/headers.md names every header that is managed, and every one that is sent.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hopByHopNames } from '../../src/gateway/forward/headers/hop-by-hop.ts';
import { maxCertificateBytes, maxDnBytes } from '../../src/gateway/forward/headers/identity-headers.ts';
import { forwardingNames, identityNames } from '../../src/gateway/forward/headers/managed-names.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/headers.md'), 'utf8');
const code = new Set(Array.from(page.matchAll(/`([^`\n]+)`/g), ([, text = '']) => text));

/** Names and `prefix*` of the two tables of what is removed. */
const listed = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .flatMap((line) => Array.from(line.split('|')[2]?.matchAll(/`([a-z0-9-]+\*?)`/g) ?? [], ([, name = '']) => name))
  .filter((name) => name.includes('-') || name === 'forwarded' || name === 'proxy');

test('every managed name is listed, and no other', () => {
  const managed = [...identityNames, ...forwardingNames].flatMap(({ names = [], prefixes = [] }) => [
    ...names,
    ...prefixes.map((prefix) => `${prefix}*`),
  ]);
  assert.deepEqual(listed.toSorted(), managed.toSorted());
});

test('every header of a connection is named', () => {
  const named = new Set(Array.from(code, (text) => text.toLowerCase()));
  for (const name of hopByHopNames) {
    if (name !== 'proxy-authentication-info') assert.ok(named.has(name), name);
  }
});

test('limits are those of the code', () => {
  assert.ok(page.includes(`more than ${maxDnBytes} bytes`));
  assert.ok(page.includes(`more than ${maxCertificateBytes} as a header`));
});
