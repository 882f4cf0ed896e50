// docs/logs.md: what it shows can be written, and what it says of defaults is so.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/load.ts';
import { createRedaction } from '../../src/gateway/observe/redact.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/logs.md', import.meta.url)), 'utf8');

const configOf = (log: object) =>
  parseConfig(
    JSON.stringify({ servers: [{ listen: 1, routes: [{ path: '/', name: 'health', respond: {} }] }], ...log }),
    'mutual.yaml',
  );

test('its example is a configuration', () => {
  const [, example = ''] = /^```yaml\n(.*?)^```$/ms.exec(page) ?? [];
  const { log } = configOf(parse(example));
  assert.equal(log.access.length, 3);
  assert.ok(log.access[1]?.when?.status !== undefined && log.access[2]?.when?.slowerThanMs === 1000);
});

test('its defaults are those of the schema', () => {
  const { log } = configOf({});
  assert.deepEqual([log.access[0]?.bufferBytes, log.access[0]?.flushMs], [16 * 1024, 20]);
  assert.equal(log.refusalsPerSecond, 50);
  assert.match(page, /until there are 16 KB of them \(`buffer`\) or 20 ms have passed/);
  assert.match(page, /Of each kind \(`code`\) fifty a second/);
});

test('the headers and arguments that it names are left out', () => {
  const redaction = createRedaction();
  const [headers = ''] = /^- Headers of.*?^- /ms.exec(page) ?? [];
  for (const [name] of headers.matchAll(/\b[A-Z][a-z]*(?:-[A-Z][a-z]+)+\b|\bAuthorization\b|\bCookie\b/g)) {
    assert.ok(redaction.isSecretHeader(name), name);
  }
  const [, values = ''] = /^- Values of arguments(.*?)and others like them/ms.exec(page) ?? [];
  const names = [...values.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  assert.ok(names.length > 5);
  for (const name of names) assert.equal(redaction.clean(`/?${name}=x`), `/?${name}=[redacted]`);
});
