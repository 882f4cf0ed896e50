import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUpstreamUrl, parseUpstreamUrl, placeAddress } from '../../../src/config/upstream-url.ts';
import { assertRefused } from '../../support/refusal.ts';

test('a URL says protocol, host and port', () => {
  assert.deepEqual(parseUpstreamUrl('https://B.example:8443'), {
    kind: 'tcp',
    protocol: 'https',
    host: 'b.example',
    port: 8443,
    url: 'https://b.example:8443',
    hostHeader: 'b.example:8443',
  });
});

test('the port of the protocol is left out of the Host header, and spellings agree', () => {
  for (const text of ['http://b.example', 'http://b.example/', 'HTTP://B.EXAMPLE:80', 'http://b.example:080/']) {
    assert.deepEqual(parseUpstreamUrl(text), {
      kind: 'tcp',
      protocol: 'http',
      host: 'b.example',
      port: 80,
      url: 'http://b.example',
      hostHeader: 'b.example',
    });
  }
  assert.equal(
    parseUpstreamUrl('https://b.example').kind === 'tcp' && parseUpstreamUrl('https://b.example').url,
    'https://b.example',
  );
});

test('an IPv6 address has brackets in the URL alone', () => {
  const address = parseUpstreamUrl('http://[0:0::1]:3000');
  assert.deepEqual(
    [address.kind === 'tcp' && address.host, address.url, address.hostHeader],
    ['::1', 'http://[::1]:3000', '[::1]:3000'],
  );
});

test('sockets, and where their path is relative to', () => {
  const expected = { kind: 'unix', protocol: 'http', hostHeader: 'localhost' };
  for (const text of ['unix:/run/a.sock', 'http+unix:/run/a.sock', 'unix:///run/a.sock']) {
    assert.deepEqual(parseUpstreamUrl(text), { ...expected, socketPath: '/run/a.sock', url: 'unix:/run/a.sock' });
  }
  const placed = placeAddress(parseUpstreamUrl('unix:a.sock'), (path) => `/etc/${path}`);
  assert.deepEqual(placed, { ...expected, socketPath: '/etc/a.sock', url: 'unix:/etc/a.sock' });
  assert.equal(placeAddress(parseUpstreamUrl('http://a'), () => assert.fail()).url, 'http://a');
});

test('what a URL of an upstream must not have', () => {
  assertRefused(
    () => parseUpstreamUrl('http://a/b'),
    /a path in the URL .* is not supported yet/,
    'config-unsupported',
  );
  assertRefused(() => parseUpstreamUrl('http://a//'), /not supported yet/, 'config-unsupported');
  assertRefused(() => parseUpstreamUrl('http://a\\b'), /not supported yet/, 'config-unsupported');
  assertRefused(() => parseUpstreamUrl('http://a?b'), /query or a fragment/);
  assertRefused(() => parseUpstreamUrl('http://a/#b'), /query or a fragment/);
  assertRefused(() => parseUpstreamUrl('http://unix:/run/a.sock'), /write unix:/);
  for (const text of [
    'a.example',
    'a.example:80',
    'ftp://a',
    'http:a',
    'http:/a',
    'http://',
    '//a',
    'http:// a',
    'http://a b',
  ]) {
    assertRefused(() => parseUpstreamUrl(text), /write http:\/\/host:port/);
  }
  for (const text of ['http://a:99999', 'http://a:x', 'http://a:', 'http://a:0', 'http://[::1', 'http://a^b']) {
    assertRefused(() => parseUpstreamUrl(text), /cannot be read/);
  }
  assertRefused(() => parseUpstreamUrl('unix:'), /unix:\/path/);
});

test('credentials are refused and not repeated', () => {
  assertRefused(() => parseUpstreamUrl('https://user:secret@a.example'), /^(?!.*secret).*credentials/);
});

test('names have no colon and URLs have one', () => {
  assert.equal(isUpstreamUrl('service1'), false);
  assert.equal(isUpstreamUrl('http://a'), true);
  assert.equal(isUpstreamUrl('unix:/a'), true);
});
