// Behind a load balancer that says for whom it calls (PROXY protocol, version 1 and 2): its word counts if it is among
// trustedProxies, and nothing else gets in.

import assert from 'node:assert/strict';
import net from 'node:net';
import { after, type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { lastHead, parseResponse, valuesOf } from '../../support/http-messages.ts';
import { makeCertificates } from '../../support/mutual-tls.ts';
import { connectRaw, exchangeRaw } from '../../support/raw-client.ts';
import { createRecordingBackend } from '../../support/recording-backend.ts';
import { startTestGateway } from '../../support/test-gateway.ts';

const certificates = makeCertificates({ after });

interface Options {
  readonly trusted?: string;
  readonly limits?: object;
}

/** One address with TLS and one without, both behind a proxy. */
async function start(t: TestContext, { trusted = '127.0.0.1', limits = {} }: Options = {}) {
  const backend = await createRecordingBackend(t);
  const routes = [{ path: '/', upstream: backend.url }];
  const ofServer = { certificate: 'server.crt', key: 'server.key', clients: { ca: 'ca.crt' } };
  const servers = [
    { listen: { address: '127.0.0.1:0', proxyProtocol: true }, tls: ofServer, routes },
    { listen: { address: '127.0.0.2:0', proxyProtocol: true }, routes },
  ];
  const document = { servers, trustedProxies: [trusted], limits, log: { access: 'off' } };
  const gateway = await startTestGateway(t, certificates.directory, JSON.stringify(document));
  return { gateway, backend, secure: { port: gateway.port(0) }, plain: { port: gateway.port(1), host: '127.0.0.2' } };
}

/** Version 2 (section 2.2 of the specification): signature, version and command, family, length, addresses. */
function version2(command: number, family: number, ...block: readonly Buffer[]): Buffer {
  const head = Buffer.from('0d0a0d0a000d0a515549540a00000000', 'hex');
  head.writeUInt8(command, 12);
  head.writeUInt8(family, 13);
  const body = Buffer.concat(block);
  head.writeUInt16BE(body.length, 14);
  return Buffer.concat([head, body]);
}

const version1 = (line: string): Buffer => Buffer.from(`${line}\r\n`);
const ipv4 = Buffer.from('cb007107c0000201', 'hex');
const ipv6 = Buffer.from('20010db800000000000000000000000720010db8000000000000000000000001', 'hex');
const ports = Buffer.from('ddd501bb', 'hex');
const moreFields = Buffer.from('040003010203', 'hex');

const headers: readonly (readonly [what: string, header: Buffer, address: string])[] = [
  ['version 1, IPv4', version1('PROXY TCP4 203.0.113.7 192.0.2.1 56789 443'), '203.0.113.7'],
  ['version 1, IPv6', version1('PROXY TCP6 2001:db8::7 2001:db8::1 56789 443'), '2001:db8::7'],
  ['version 1, unknown', version1('PROXY UNKNOWN'), '127.0.0.1'],
  ['version 2, IPv4', version2(0x21, 0x11, ipv4, ports), '203.0.113.7'],
  ['version 2, IPv6, with more fields', version2(0x21, 0x21, ipv6, ports, moreFields), '2001:db8::7'],
  ['version 2, the proxy itself', version2(0x20, 0), '127.0.0.1'],
];

/** Sends a header ahead of a TLS handshake, and then one request. */
async function exchangeSecure(t: TestContext, port: number, pieces: readonly Buffer[]): Promise<string> {
  const raw = net.connect({ port, host: '127.0.0.1', noDelay: true });
  t.after(() => raw.destroy());
  for (const piece of pieces) await new Promise((resolve) => raw.write(piece, resolve));
  const stream = tls.connect({ socket: raw, ...certificates.clientA });
  let text = '';
  stream.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  stream.on('error', () => {}).write(lastHead('GET /'));
  await new Promise((resolve) => stream.once('close', resolve));
  return text;
}

const bytesOf = (header: Buffer): Buffer[] => [...header].map((byte) => Buffer.from([byte]));

for (const [what, header, address] of headers) {
  test(`the backend is told the client's address: ${what}`, async (t) => {
    const { backend, secure, plain } = await start(t);
    const request = Buffer.concat([header, Buffer.from(lastHead('GET /'))]);
    assert.equal(parseResponse(await exchangeRaw(t, plain, request)).status, 200);
    assert.equal(parseResponse(await exchangeSecure(t, secure.port, [header])).status, 200);
    assert.equal(parseResponse(await exchangeSecure(t, secure.port, bytesOf(header))).status, 200);
    assert.equal(backend.heads.length, 3);
    for (const head of backend.heads) {
      const lines = head.split('\r\n').slice(1);
      assert.deepEqual(valuesOf(lines, 'x-real-ip'), [address]);
      assert.deepEqual(valuesOf(lines, 'x-forwarded-for'), [address]);
    }
  });
}

const fromAbroad = version1('PROXY TCP4 203.0.113.7 192.0.2.1 56789 443');

test('what is refused behind it is told with the address of the client', async (t) => {
  const { gateway, secure } = await start(t);
  const client = await connectRaw(t, secure);
  client.send(Buffer.concat([fromAbroad, Buffer.from(lastHead('GET /'))]));
  assert.equal(parseResponse(await client.closed).status, 400);
  const line = await gateway.lineWhere(({ code }) => code === 'plain-http-on-tls-port');
  assert.deepEqual([line.address, line.port], ['203.0.113.7', 56_789]);
});

test('a sender who is not trusted is refused, whatever it says', async (t) => {
  const { gateway, backend, secure, plain } = await start(t, { trusted: '10.0.0.0/8' });
  const request = Buffer.concat([fromAbroad, Buffer.from(lastHead('GET /'))]);
  assert.equal(await exchangeRaw(t, plain, request), '');
  assert.equal(await exchangeSecure(t, secure.port, [fromAbroad]), '');
  const line = await gateway.lineWhere(({ code }) => code === 'proxy-header-invalid');
  assert.equal(line.address, '127.0.0.1');
  assert.match(String(line.reason), /not among the trusted proxies/);
  assert.equal(backend.received, '');
});

for (const [what, bytes] of [
  ['none at all', Buffer.from(lastHead('GET /'))],
  ['a malformed one', version1('PROXY TCP4 203.0.113.7 192.0.2.1 56789')],
  ['one that never ends', Buffer.from(`PROXY TCP4 ${'1'.repeat(200)}`)],
  ['one of an unknown version', version2(0x31, 0x11, ipv4, ports)],
  ['one that is cut', version2(0x21, 0x11, ipv4)],
] as const) {
  test(`a connection without a header is refused: ${what}`, async (t) => {
    const { gateway, backend, secure, plain } = await start(t);
    assert.equal(await exchangeRaw(t, plain, Buffer.concat([bytes, Buffer.from(lastHead('GET /'))])), '');
    assert.equal(await exchangeSecure(t, secure.port, [bytes]), '');
    assert.equal(gateway.lines.filter(({ code }) => code === 'proxy-header-invalid').length, 2);
    assert.equal(backend.received, '');
  });
}

test('one that does not come is not waited for longer than a handshake', async (t) => {
  const { gateway, secure, plain } = await start(t, { limits: { handshakeTimeout: '200ms' } });
  for (const target of [secure, plain]) {
    const client = await connectRaw(t, target);
    client.send('PROXY TCP4 203');
    assert.equal(await client.closed, '');
  }
  assert.equal(gateway.lines.filter(({ code }) => code === 'handshake-timeout').length, 2);
});

test('clients are counted one by one, and not as the proxy that calls for them', async (t) => {
  const { gateway, plain } = await start(t, { limits: { maxConnectionsPerAddress: 1 } });
  const kept = await connectRaw(t, plain);
  kept.send(fromAbroad);
  kept.send(lastHead('GET /').replace('Connection: close\r\n', ''));
  await kept.until('200 OK');
  const other = version1('PROXY TCP4 203.0.113.8 192.0.2.1 56789 443');
  const request = Buffer.from(lastHead('GET /'));
  assert.equal(parseResponse(await exchangeRaw(t, plain, Buffer.concat([other, request]))).status, 200);
  assert.equal(await exchangeRaw(t, plain, Buffer.concat([fromAbroad, request])), '');
  assert.equal((await gateway.lineWhere(({ code }) => code === 'too-many-connections')).address, '203.0.113.7');
});
