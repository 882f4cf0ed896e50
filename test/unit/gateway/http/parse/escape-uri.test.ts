import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeUri, unescapeRedirect, unescapeUri } from '../../../../../src/gateway/http/parse/escape-uri.ts';

test('each kind has characters of its own', () => {
  const text = 'a b?c#d%e&f+g;h"<\xe9/~';
  assert.equal(escapeUri(text, 'uri'), 'a%20b%3Fc%23d%25e&f+g;h%22%3C%E9/~');
  assert.equal(escapeUri(text, 'args'), 'a%20b%3Fc%23d%25e%26f%2Bg%3Bh%22%3C%E9/~');
  assert.equal(escapeUri(text, 'component'), 'a%20b%3Fc%23d%25e%26f%2Bg%3Bh%22%3C%E9%2F~');
});

test('a URI is unescaped up to its arguments, all of a text otherwise', () => {
  assert.equal(unescapeUri('%41?%42'), 'A?B');
  assert.equal(unescapeUri('%41?%42', 'uri'), 'A?%42');
  assert.equal(unescapeUri('%4x%'), '%4x%');
});

test('of a redirect only what needs no escape is unescaped', () => {
  assert.equal(unescapeRedirect('/%41%20%25%7e?%41'), '/A%20%25~?%41');
});
