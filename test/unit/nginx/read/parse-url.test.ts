// Addresses as `listen`, `server` and `proxy_pass` take them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseNginxUrl, type UrlOptions } from '../../../../src/nginx/read/parse-url.ts';

const listen: UrlOptions = { listen: true, defaultPort: 80 };
const pass: UrlOptions = { uri: true, defaultPort: 443 };

describe('addresses', () => {
  for (const [text, options, expected] of [
    ['8080', listen, ['inet', '*', 8080, 8080, '']],
    ['8080-8082', listen, ['inet', '*', 8080, 8082, '']],
    ['127.0.0.1', listen, ['inet', '127.0.0.1', 80, 80, '']],
    ['127.0.0.1:1-2', listen, ['inet', '127.0.0.1', 1, 2, '']],
    ['*:81', listen, ['inet', '*', 81, 81, '']],
    ['[::1]:81', listen, ['inet6', '::1', 81, 81, '']],
    ['[::]', listen, ['inet6', '::', 80, 80, '']],
    ['unix:/run/x', listen, ['unix', '/run/x', 0, 0, '']],
    ['a.example', pass, ['inet', 'a.example', 443, 443, '']],
    ['a.example:8443/b?c', pass, ['inet', 'a.example', 8443, 8443, '/b?c']],
    ['a.example?c', pass, ['inet', 'a.example', 443, 443, '?c']],
    ['[::1]:8443/b', pass, ['inet6', '::1', 8443, 8443, '/b']],
    ['unix:/run/x:/b', pass, ['unix', '/run/x', 0, 0, '/b']],
  ] as const) {
    test(text, () => {
      const url = parseNginxUrl(text, options);
      assert.ok(typeof url !== 'string', String(url));
      assert.deepEqual([url.kind, url.host, url.port, url.lastPort, url.uri], expected);
    });
  }
});

describe('faults', () => {
  for (const [text, options, fault] of [
    ['', listen, 'no host'],
    [':80', listen, 'no host'],
    ['0', listen, 'invalid port'],
    ['65536', listen, 'invalid port'],
    ['127.0.0.1:', listen, 'invalid port'],
    ['2-1', listen, 'invalid port range'],
    ['127.0.0.1:1-2', pass, 'invalid port'],
    ['[::1', listen, 'invalid host'],
    ['[x]:1', listen, 'invalid IPv6 address'],
    ['a/b', listen, 'invalid host'],
    ['unix:', listen, 'no path in the unix domain socket'],
    [`unix:/${'x'.repeat(107)}`, listen, 'too long path in the unix domain socket'],
  ] as const) {
    test(`${text.slice(0, 20)}: ${fault}`, () => assert.equal(parseNginxUrl(text, options), fault));
  }
});
