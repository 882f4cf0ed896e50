import assert from 'node:assert/strict';
import { SocketAddress } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { printIpAddress } from '../../../src/x509/ip-address.ts';

const groups = (...hex: string[]): Buffer => Buffer.from(hex.join(''), 'hex');

test('addresses of both families', () => {
  const cases: [Buffer, string][] = [
    [Buffer.from([127, 0, 0, 1]), '127.0.0.1'],
    [Buffer.alloc(16), '::'],
    [groups('00000000000000000000000000000001'), '::1'],
    [groups('20010db8000000000000000000000000'), '2001:db8::'],
    [groups('20010db8000000010000000000000001'), '2001:db8:0:1::1'],
    [groups('20010db8000000010001000100010001'), '2001:db8:0:1:1:1:1:1'],
    [groups('20010000000000010000000000000001'), '2001:0:0:1::1'],
    [groups('00010000000000020000000000030004'), '1::2:0:0:3:4'],
    [groups('00000000000000000000ffffc0000201'), '::ffff:192.0.2.1'],
  ];
  for (const [bytes, text] of cases) assert.equal(printIpAddress(bytes), text);
});

test('no address has another length', () => {
  for (const length of [0, 3, 5, 8, 15, 17, 32]) assert.equal(printIpAddress(Buffer.alloc(length)), undefined);
});

test('IPv6 addresses print as the system prints them', () => {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  const address = fc.tuple(fc.integer({ min: 1, max: 0xffff }), fc.array(group, { minLength: 7, maxLength: 7 }));
  fc.assert(
    fc.property(address, ([first, rest]) => {
      const all = [first, ...rest].map((part) => part.toString(16));
      const bytes = groups(...all.map((part) => part.padStart(4, '0')));
      assert.equal(printIpAddress(bytes), new SocketAddress({ family: 'ipv6', address: all.join(':') }).address);
    }),
    { seed: 5952, numRuns: 300 },
  );
});
