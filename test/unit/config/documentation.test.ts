import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { renderConfigurationDocs } from '../../../src/config/documentation.ts';
import { configurationJsonSchema } from '../../../src/config/json-schema.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { variables } from '../../../src/config/variables.ts';
import { assertGolden } from '../../support/golden.ts';

const page = renderConfigurationDocs();

test('docs/configuration.md is what the schema says', () => {
  assertGolden(fileURLToPath(new URL('../../../docs/configuration.md', import.meta.url)), page);
});

test('every object and variable has its place', () => {
  for (const name of Object.keys(configurationJsonSchema().$defs ?? {})) {
    assert.match(page, new RegExp(`^## ${name}$`, 'm'));
  }
  for (const { name } of variables) {
    assert.ok(page.includes(`| \`$${name}\` |`), name);
  }
});

test('every link leads to a heading', () => {
  const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title?.toLowerCase().replaceAll(' ', '-'));
  const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
  assert.ok(links.length > 10);
  for (const anchor of links) {
    assert.ok(headings.includes(anchor), anchor);
  }
});

test('every table is whole, and every example is YAML', () => {
  for (const table of page.matchAll(/(?:^\|.*\n)+/gm)) {
    const widths = new Set(
      table[0]
        .trimEnd()
        .split('\n')
        .map((line) => line.replaceAll('\\|', '').split('|').length),
    );
    assert.equal(widths.size, 1, table[0]);
  }
  const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => text ?? '');
  assert.ok(examples.length > 10);
  for (const example of examples) {
    assert.ok(parse(example));
  }
  assert.ok(parseConfig(examples[0] ?? '', 'mutual.yaml').servers.length > 0);
});
