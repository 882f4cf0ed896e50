// Whole configuration files: for each invalid one the faults that are told, for each valid one what it comes down to.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../../src/config/config-error.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { printConfig } from '../../../src/config/print/print-config.ts';
import { assertGolden } from '../../support/golden.ts';

/** Where the files are said to be: only names are made of it, nothing is read there. */
const folder = '/etc/mutual/';

const root = fileURLToPath(new URL('../../golden/config/', import.meta.url));

function inputs(kind: 'valid' | 'invalid'): { name: string; file: string; text: string }[] {
  const names = readdirSync(`${root}${kind}`).filter((name) => name.endsWith('.yaml'));
  return names.map((name) => ({
    name: basename(name, '.yaml'),
    file: `${root}${kind}/${name}`,
    text: readFileSync(`${root}${kind}/${name}`, 'utf8'),
  }));
}

for (const { name, file, text } of inputs('invalid')) {
  test(`invalid configuration: ${name}`, () => {
    assert.throws(
      () => parseConfig(text, `${folder}${name}.yaml`),
      (error) => {
        assert.ok(error instanceof ConfigError, String(error));
        assertGolden(file.replace('.yaml', '.faults.txt'), `${error.code}\n${error.message.replaceAll(folder, '')}\n`);
        return true;
      },
    );
  });
}

for (const { name, file, text } of inputs('valid')) {
  const virtual = `${folder}${name}.yaml`;

  test(`valid configuration: ${name}`, () => {
    const config = parseConfig(text, virtual);
    assertGolden(file.replace('.yaml', '.effective.json'), `${JSON.stringify(config, null, 2)}\n`);
  });

  test(`printed and read again: ${name}`, () => {
    const config = parseConfig(text, virtual);
    assert.deepEqual(parseConfig(printConfig(config), virtual), config);
  });
}
