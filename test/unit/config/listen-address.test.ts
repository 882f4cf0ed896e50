import assert from 'node:assert/strict';
import { test } from 'node:test';
import { covers, formatListenAddress, parseListenAddress } from '../../../src/config/listen-address.ts';
import { assertRefused } from '../../support/refusal.ts';

const addresses: [text: string, canonical: string][] = [
  ['0.0.0.0:8443', '0.0.0.0:8443'],
  ['127.0.0.1:0', '127.0.0.1:0'],
  ['localhost:80', 'localhost:80'],
  ['LocalHost:80', 'localhost:80'],
  ['8443', '[::]:8443'],
  [':8443', '[::]:8443'],
  ['*:8443', '[::]:8443'],
  ['[::]:8443', '[::]:8443'],
  ['[0:0:0::0]:08443', '[::]:8443'],
  ['[FE80::1%eth0]:80', '[fe80::1%eth0]:80'],
  ['[::ffff:127.0.0.1]:80', '[::ffff:7f00:1]:80'],
  ['unix:/run/a.sock', 'unix:/run/a.sock'],
  ['unix:run/a b:80', 'unix:run/a b:80'],
];

for (const [text, canonical] of addresses) {
  test(`${text} is ${canonical}`, () => {
    const address = parseListenAddress(text);
    assert.equal(formatListenAddress(address), canonical);
    assert.deepEqual(parseListenAddress(canonical), address);
  });
}

const refused: [text: string, reason: RegExp][] = [
  ['', /write host:port/],
  ['127.0.0.1', /write host:port/],
  ['127.0.0.1:', /write host:port/],
  ['127.0.0.1:http', /write host:port/],
  ['127.0.0.1:65536', /at most 65535/],
  ['127.0.0.1:-1', /write host:port/],
  ['::1', /brackets and a port: "\[::1\]:8443"/],
  ['::1:80', /brackets/],
  ['[::1]', /write host:port/],
  ['[1.2.3.4]:80', /not an IPv6 address/],
  ['[]:80', /not an IPv6 address/],
  ['https://a.example:443', /host:port alone/],
  ['a.example:443/x', /host:port alone/],
  ['a b:80', /not a host/],
  ['-a:80', /not a host/],
  ['unix:', /unix:\/path/],
  ['unix:/a\0b', /unix:\/path/],
  [`unix:/${'a'.repeat(107)}`, /at most 107 bytes/],
];

for (const [text, reason] of refused) {
  test(`${JSON.stringify(text)} is no address to listen on`, () => {
    assertRefused(() => parseListenAddress(text), reason);
  });
}

test('a socket path counts in bytes', () => {
  assert.doesNotThrow(() => parseListenAddress(`unix:/${'a'.repeat(106)}`));
  assertRefused(() => parseListenAddress(`unix:/${'é'.repeat(54)}`), /107 bytes/);
});

test('a wildcard covers the addresses of its families', () => {
  const covered = (wide: string, narrow: string) => covers(parseListenAddress(wide), parseListenAddress(narrow));
  assert.equal(covered(':80', '127.0.0.1:80'), true);
  assert.equal(covered(':80', '0.0.0.0:80'), true);
  assert.equal(covered(':80', '[::1]:80'), true);
  assert.equal(covered('0.0.0.0:80', '127.0.0.1:80'), true);
  assert.equal(covered('0.0.0.0:80', '[::1]:80'), false);
  assert.equal(covered('0.0.0.0:80', ':80'), false);
  assert.equal(covered(':80', ':80'), false);
  assert.equal(covered(':80', '127.0.0.1:81'), false);
  assert.equal(covered('127.0.0.1:80', ':80'), false);
  assert.equal(covered(':0', '127.0.0.1:0'), false);
  assert.equal(covered(':80', 'unix:/80'), false);
});
