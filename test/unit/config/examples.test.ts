// Every example is a configuration that loads, and prints as one that loads to the same.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadConfig, parseConfig } from '../../../src/config/load.ts';
import { printConfig } from '../../../src/config/print/print-config.ts';

const folder = fileURLToPath(new URL('../../../examples/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

test('there are examples', () => {
  assert.ok(names.length >= 5);
});

for (const name of names) {
  test(`the example ${name} loads`, () => {
    const config = loadConfig(folder + name);
    assert.deepEqual(parseConfig(printConfig(config), folder + name), config);
  });

  test(`the example ${name} says in its first line what it is`, () => {
    assert.match(readFileSync(folder + name, 'utf8'), /^# \S.{20,}\n/);
  });
}
