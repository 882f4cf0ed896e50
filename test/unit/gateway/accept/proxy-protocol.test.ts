import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseProxyHeader } from '../../../../src/gateway/accept/proxy-protocol.ts';

const text = (line: string): Buffer => Buffer.from(line, 'latin1');

function binary(command: number, family: number, block: Buffer): Buffer {
  const head = Buffer.from('\r\n\r\n\0\r\nQUIT\n\0\0\0\0', 'latin1');
  head[12] = 0x20 | command;
  head[13] = family;
  head.writeUInt16BE(block.length, 14);
  return Buffer.concat([head, block]);
}

const v4Block = Buffer.from([192, 0, 2, 1, 198, 51, 100, 2, 0x1f, 0x90, 0x01, 0xbb]);

test('version 1, IPv4 and IPv6', () => {
  const line = 'PROXY TCP4 192.0.2.1 198.51.100.2 8080 443\r\n';
  assert.deepEqual(parseProxyHeader(text(`${line}GET /`)), {
    kind: 'header',
    length: line.length,
    client: { address: '192.0.2.1', port: 8080 },
    destination: { address: '198.51.100.2', port: 443 },
  });
  const six = parseProxyHeader(text('PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n'));
  assert.deepEqual(six.kind === 'header' ? six.client : six, { address: '2001:db8::1', port: 1 });
});

test('version 1 of a proxy that does not know its client', () => {
  const header = parseProxyHeader(text('PROXY UNKNOWN\r\n'));
  assert.deepEqual(header, { kind: 'header', length: 15, client: undefined, destination: undefined });
});

test('version 2, IPv4, IPv6 and LOCAL', () => {
  const four = parseProxyHeader(binary(1, 0x11, v4Block));
  assert.deepEqual(four, {
    kind: 'header',
    length: 28,
    client: { address: '192.0.2.1', port: 8080 },
    destination: { address: '198.51.100.2', port: 443 },
    fields: Buffer.alloc(0),
  });
  const block = Buffer.alloc(36);
  block.set([0x20, 0x01, 0x0d, 0xb8], 0);
  block[15] = 1;
  const six = parseProxyHeader(binary(1, 0x21, block));
  assert.deepEqual(six.kind === 'header' ? six.client : six, { address: '2001:db8::1', port: 0 });
  const local = parseProxyHeader(binary(0, 0x11, v4Block));
  assert.deepEqual(local.kind === 'header' ? local.client : local, undefined);
});

test('further fields of version 2 belong to the header', () => {
  const header = parseProxyHeader(binary(1, 0x11, Buffer.concat([v4Block, Buffer.from([4, 0, 1, 0])])));
  assert.equal(header.kind === 'header' ? header.length : header.kind, 32);
  assert.deepEqual(header.kind === 'header' ? header.fields : header.kind, Buffer.from([4, 0, 1, 0]));
});

test('a header cut at any byte is incomplete', () => {
  for (const whole of [text('PROXY TCP4 192.0.2.1 198.51.100.2 8080 443\r\n'), binary(1, 0x11, v4Block)]) {
    for (let length = 0; length < whole.length; length += 1) {
      assert.equal(parseProxyHeader(whole.subarray(0, length)).kind, 'incomplete', `${length} bytes`);
    }
  }
});

test('what is not exactly a header is refused', () => {
  const bad = [
    'GET / HTTP/1.1\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 8080\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 8080 443 x\r\n',
    'PROXY TCP4 192.0.2.256 198.51.100.2 8080 443\r\n',
    'PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 080 443\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 65536 443\r\n',
    'PROXY TCP5 192.0.2.1 198.51.100.2 1 2\r\n',
    `PROXY TCP4 ${'1'.repeat(120)}`,
  ];
  for (const line of bad) assert.equal(parseProxyHeader(text(line)).kind, 'invalid', line);
  assert.equal(parseProxyHeader(binary(2, 0x11, v4Block)).kind, 'invalid');
  assert.equal(parseProxyHeader(binary(1, 0x11, v4Block.subarray(0, 8))).kind, 'invalid');
  assert.equal(parseProxyHeader(binary(1, 0x11, Buffer.alloc(5000))).kind, 'invalid');
});

test('no bytes make it throw', () => {
  const starts = fc.constantFrom('', 'PROXY ', 'PROXY TCP4 ', '\r\n\r\n\0\r\nQUIT\n');
  fc.assert(
    fc.property(starts, fc.uint8Array({ maxLength: 300 }), (start, rest) => {
      const { kind } = parseProxyHeader(Buffer.concat([text(start), rest]));
      assert.ok(['incomplete', 'invalid', 'header'].includes(kind));
    }),
    { seed: 2, numRuns: 1000 },
  );
});
