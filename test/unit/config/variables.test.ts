import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findVariable, variables } from '../../../src/config/variables.ts';

test('no variable is listed twice, and every name is one that a template can have', () => {
  const names = variables.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
  for (const name of names) {
    assert.match(name, /^[a-z][a-z0-9_]*\*?$/);
  }
});

test('every variable is described', () => {
  for (const { name, description } of variables) {
    assert.ok(description.length > 5, name);
    assert.doesNotMatch(description, /[|\n]/, name);
  }
});

test('an exact name comes before its family', () => {
  assert.equal(findVariable('http_host')?.name, 'http_host');
  assert.equal(findVariable('http_accept')?.name, 'http_*');
  assert.equal(findVariable('http2')?.name, 'http2');
  assert.equal(findVariable('sent_http_etag')?.name, 'sent_http_*');
});

test('the table is closed', () => {
  for (const name of ['', 'http', 'http_', 'arg_', 'Host', 'request_body', 'constructor', 'toString']) {
    assert.equal(findVariable(name), undefined, name);
  }
});
