import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRedaction, redacted } from '../../../../src/gateway/observe/redact.ts';

const redaction = createRedaction();

test('headers that carry credentials, in any spelling', () => {
  for (const name of ['Authorization', 'COOKIE', 'proxy_authorization', 'Set-Cookie', 'x_api_key', 'X-Auth-Token'])
    assert.ok(redaction.isSecretHeader(name), name);
  for (const name of ['Accept', 'WWW-Authenticate', 'X-SSL-Client-S-DN', 'X-Own'])
    assert.ok(!redaction.isSecretHeader(name), name);
});

test('variables that hold such a header, a part of one, or such an argument', () => {
  for (const name of [
    'http_authorization',
    'http_cookie',
    'cookie_x',
    'sent_http_set_cookie',
    'upstream_http_set_cookie',
    'arg_access_token',
    'arg_password',
  ]) {
    assert.ok(redaction.isSecretVariable(name), name);
  }
  for (const name of ['http_user_agent', 'remote_user', 'ssl_client_s_dn', 'sent_http_etag', 'arg_page', 'request']) {
    assert.ok(!redaction.isSecretVariable(name), name);
  }
});

for (const [what, text, clean] of [
  ['an argument', '/a?token=s3cret&page=2', '/a?token=[redacted]&page=2'],
  ['the last one', '/a?page=2&access_token=s3cret', '/a?page=2&access_token=[redacted]'],
  ['in other letters', '/?Access_Token=s3cret', '/?Access_Token=[redacted]'],
  ['twice', '/?token=s3cret&token=s3cret', '/?token=[redacted]&token=[redacted]'],
  ['a name that is encoded', '/?%74oken=s3cret', '/?%74oken=[redacted]'],
  ['a name that is encoded twice', '/?%2574oken=s3cret', '/?%2574oken=[redacted]'],
  ['a field of an object', '/?user[password]=s3cret', '/?user[password]=[redacted]'],
  ['the same, encoded', '/?user%5Bpassword%5D=s3cret', '/?user%5Bpassword%5D=[redacted]'],
  ['divided by semicolons', '/a?page=1;token=s3cret;b=1', '/a?page=1;token=[redacted];b=1'],
  ['a fragment', 'https://x.example/#access_token=s3cret&b=1', 'https://x.example/#access_token=[redacted]&b=1'],
  ['a value with an equals sign', '/?sig=s3c=ret==&b=1', '/?sig=[redacted]&b=1'],
  ['a URL in an argument', '/?next=%2Fb%3Ftoken%3Ds3cret', '/?next=[redacted]'],
  ['the same, encoded twice', '/?next=%252Fb%253Ftoken%253Ds3cret', '/?next=[redacted]'],
  ['arguments alone', 'token=s3cret&a=1', 'token=[redacted]&a=1'],
  ['a whole request line', 'GET /?token=s3cret HTTP/1.1', 'GET /?token=[redacted] HTTP/1.1'],
  ['a password in a URL', 'https://alice:s3cret@x.example/', 'https://[redacted]@x.example/'],
  ['a sentence', 'the target is wrong: "/?code=s3cret"', 'the target is wrong: "/?code=[redacted]"'],
] as const) {
  test(`${what}: the value is left out`, () => {
    assert.equal(redaction.clean(text), clean);
  });
}

test('what is no credential stays', () => {
  for (const text of [
    '/',
    '/a?b=c&tokens=3&nottoken=x',
    '/token=/a',
    '/a?next=%2Fb%3Fpage%3D1',
    'CN=client-a,O=Company A',
    'mail to alice@a.example',
    '/a?=x&&=&b',
  ]) {
    assert.equal(redaction.clean(text), text);
  }
});

test('more names of one’s own', () => {
  const own = createRedaction({ headers: ['X-Session'], query: ['Ticket'] });
  assert.ok(own.isSecretHeader('x_session') && own.isSecretHeader('cookie'));
  assert.ok(own.isSecretVariable('http_x_session') && own.isSecretVariable('arg_ticket'));
  assert.equal(own.clean('/?ticket=s3cret&token=s3cret'), `/?ticket=${redacted}&token=${redacted}`);
  assert.equal(redaction.clean('/?ticket=1'), '/?ticket=1');
});

test('only a loud word shows credentials', () => {
  const loud = createRedaction({ headers: ['X-Session'], query: ['ticket'], unsafeShowCredentials: true });
  assert.ok(!loud.isSecretHeader('authorization') && !loud.isSecretVariable('cookie_a'));
  assert.equal(loud.clean('/?token=s3cret'), '/?token=s3cret');
});

test('no target is long enough to stall it', () => {
  const parts = ['?', '&', '=', '%3D', 'token', 'a', '//', '@', ';', '#'];
  for (const part of parts) {
    for (const other of parts) assert.equal(typeof redaction.clean((part + other).repeat(8000)), 'string');
  }
});

test('whatever surrounds it, the value of a secret argument never stays', () => {
  const around = fc.string({ unit: fc.constantFrom('a', '=', '%3d', '?', '/', '[', '"', ' ', '@', ',') });
  fc.assert(
    fc.property(around, around, (before, after) => {
      assert.ok(!redaction.clean(`/${before}?a=${after}&token=s3cret&b=1`).includes('s3cret'));
    }),
  );
});
