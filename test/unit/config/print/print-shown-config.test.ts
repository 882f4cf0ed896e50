import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../../src/config/load.ts';
import { printShownConfig } from '../../../../src/config/print/print-shown-config.ts';

const shown = (routes: string): string =>
  printShownConfig(parseConfig(`servers: [{ listen: "127.0.0.1:0", routes: [${routes}] }]`, '/etc/mutual.yaml'));

test('the values of secret headers are hidden, by name and by looks', () => {
  const text = shown(`{ path: /, upstream: 'http://127.0.0.1:1', headers: {
    Authorization: 'Basic planted', X-Backend-Token: planted, Cookie: 'a=planted', X-Api-Key: planted,
    X-From: 'planted0123456789abcdef', X-Via: 'Bearer planted', X-Auth: planted, Host: backend.example,
    X-Client: $ssl_client_s_dn, X-Session-Token: $http_x_token } }`);
  assert.doesNotMatch(text, /planted/);
  for (const kept of ['Host: backend.example', 'X-Client: $ssl_client_s_dn', 'X-Session-Token: $http_x_token']) {
    assert.ok(text.includes(kept), text);
  }
});

test('what a response gives away is hidden, and arguments of URLs', () => {
  const text = shown(`{ exact: /a, respond: { headers: { Set-Cookie: 'a=planted' } } },
    { path: /b, respond: { redirect: 'https://a.example/b?key=planted&to=$request_uri' } }`);
  assert.doesNotMatch(text, /planted/);
  assert.match(text, /to=\$request_uri/);
});

test('files, names and paths are shown', () => {
  const config = parseConfig(
    `servers:
  - { listen: 127.0.0.1:0, tls: { certificate: a.pem, keyPasswordFile: word.txt }, routes: [{ path: /token/x, respond: {} }] }`,
    '/etc/mutual.yaml',
  );
  const text = printShownConfig(config);
  for (const kept of ['/etc/a.pem', 'keyPasswordFile: /etc/word.txt', 'path: /token/x']) {
    assert.ok(text.includes(kept), text);
  }
});
