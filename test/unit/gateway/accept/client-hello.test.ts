// Real ClientHellos of Node's own TLS client, whole, cut and mangled.

import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import fc from 'fast-check';
import {
  maxClientHelloBytes,
  normalizeServerName,
  parseFirstBytes,
} from '../../../../src/gateway/accept/client-hello.ts';

/** What a TLS client sends first. */
async function clientHello(options: tls.ConnectionOptions): Promise<Buffer> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({ host: '127.0.0.1', port, ...options });
  client.on('error', () => {});
  const bytes = await new Promise<Buffer>((resolve) => {
    server.once('connection', (socket) => {
      socket.on('error', () => {});
      socket.once('data', resolve);
    });
  });
  client.destroy();
  server.close();
  return bytes;
}

/** The same handshake message, in records of at most `size` bytes. */
function inRecordsOf(size: number, hello: Buffer): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

test('the server name of a whole ClientHello', async () => {
  const hello = await clientHello({ servername: 'Service1.Company-B.example' });
  assert.deepEqual(parseFirstBytes(hello), { kind: 'client-hello', serverName: 'service1.company-b.example' });
});

test('a ClientHello without a server name', async () => {
  assert.deepEqual(parseFirstBytes(await clientHello({})), { kind: 'client-hello', serverName: undefined });
});

test('a TLS 1.2 ClientHello', async () => {
  const hello = await clientHello({ servername: 'a.test', maxVersion: 'TLSv1.2' });
  assert.deepEqual(parseFirstBytes(hello), { kind: 'client-hello', serverName: 'a.test' });
});

test('a ClientHello cut at any byte is incomplete, never without a name', async () => {
  const hello = await clientHello({ servername: 'a.test' });
  for (let length = 0; length < hello.length; length += 1) {
    assert.deepEqual(parseFirstBytes(hello.subarray(0, length)), { kind: 'incomplete' }, `${length} bytes`);
  }
});

test('a ClientHello in many records has the same name', async () => {
  const hello = await clientHello({ servername: 'a.test' });
  for (const size of [1, 2, 3, 7, 64, 100]) {
    const records = inRecordsOf(size, hello);
    assert.deepEqual(parseFirstBytes(records), { kind: 'client-hello', serverName: 'a.test' }, `records of ${size}`);
    assert.deepEqual(parseFirstBytes(records.subarray(0, -1)), { kind: 'incomplete' });
  }
});

test('plain HTTP and other protocols are told apart', () => {
  assert.deepEqual(parseFirstBytes(Buffer.from('GET / HTTP/1.1\r\n')), { kind: 'plain-http' });
  assert.deepEqual(parseFirstBytes(Buffer.from('G')), { kind: 'plain-http' });
  assert.deepEqual(parseFirstBytes(Buffer.from([0x80, 0x2e, 1])), { kind: 'unknown' });
  assert.deepEqual(parseFirstBytes(Buffer.alloc(0)), { kind: 'incomplete' });
  assert.deepEqual(parseFirstBytes(Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])), { kind: 'unknown' });
});

test('a ClientHello that says it is huge is not waited for', () => {
  const length = maxClientHelloBytes + 1;
  const start = Buffer.from([22, 3, 1, 0x40, 0, 1, 0, length >> 8, length & 255]);
  assert.deepEqual(parseFirstBytes(start), { kind: 'unknown' });
});

test('a server name that is no DNS name counts as none', () => {
  assert.equal(normalizeServerName('A.TEST.'), 'a.test');
  assert.equal(normalizeServerName('a.test\0.evil'), undefined);
  assert.equal(normalizeServerName('a..test'), undefined);
  assert.equal(normalizeServerName(''), undefined);
  assert.equal(normalizeServerName('.'), undefined);
  assert.equal(normalizeServerName('ä.test'), undefined);
  assert.equal(normalizeServerName(`${'a'.repeat(250)}.test`), undefined);
});

test('no bytes make it throw', async () => {
  const hello = await clientHello({ servername: 'a.test' });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(hello.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
      const mangled = Buffer.from(hello);
      for (const [at, value] of changes) mangled[at] = value;
      assert.ok(['client-hello', 'incomplete', 'unknown', 'plain-http'].includes(parseFirstBytes(mangled).kind));
    }),
    { seed: 1, numRuns: 500 },
  );
});
