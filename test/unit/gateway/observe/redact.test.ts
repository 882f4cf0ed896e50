import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSecretHeader, isSecretVariable } from '../../../../src/gateway/observe/redact.ts';

test('headers that carry credentials, in any spelling', () => {
  for (const name of ['Authorization', 'COOKIE', 'proxy_authorization', 'Set-Cookie'])
    assert.ok(isSecretHeader(name), name);
  for (const name of ['Accept', 'WWW-Authenticate', 'X-SSL-Client-S-DN']) assert.ok(!isSecretHeader(name), name);
});

test('variables that hold such a header or a part of one', () => {
  for (const name of [
    'http_authorization',
    'http_cookie',
    'cookie_x',
    'sent_http_set_cookie',
    'upstream_http_set_cookie',
  ]) {
    assert.ok(isSecretVariable(name), name);
  }
  for (const name of ['http_user_agent', 'remote_user', 'ssl_client_s_dn', 'sent_http_etag']) {
    assert.ok(!isSecretVariable(name), name);
  }
});
