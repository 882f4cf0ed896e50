import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateHost } from '../../../../../src/gateway/http/connection/validate-host.ts';

for (const [text, host] of [
  ['Example.ORG', 'example.org'],
  ['example.org:8080', 'example.org'],
  ['example.org.', 'example.org'],
  ['example.org.:80', 'example.org'],
  ['[::1]:80', '[::1]'],
  ['a_b', 'a_b'],
] as const) {
  test(`${text} is ${host}`, () => assert.equal(validateHost(text), host));
}

for (const text of ['', '.', 'a..b', 'a b', 'a/b', 'a\0', ':80', 'a\x7f']) {
  test(`no host: ${JSON.stringify(text)}`, () => assert.equal(validateHost(text), undefined));
}
