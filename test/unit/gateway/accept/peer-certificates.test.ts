// What a client sends after its certificate, over real TLS, and that nothing is left of the secrets that are seen on the way.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import tls, { type TLSSocket } from 'node:tls';
import { createPeerCertificates } from '../../../../src/gateway/accept/peer-certificates.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../support/openssl.ts';
import { attemptTls, type TlsAttempt, tlsVersions } from '../../../support/tls-client.ts';

const directory = temporaryDirectory({ after });
const root = makeCa(directory, 'root');
const upper = makeCa(directory, 'upper', { ca: root });
const lower = makeCa(directory, 'lower', { ca: upper });
const identity = makeCertificate(directory, { ca: lower, name: 'client', eku: 'clientAuth' });
const direct = makeCertificate(directory, { ca: root, name: 'direct', eku: 'clientAuth' });
const served = makeCertificate(directory, { ca: root, name: 'server', san: 'DNS:localhost' });
const read = (file: string): Buffer => readFileSync(file);
const rawOf = (file: string): Buffer => new X509Certificate(read(file)).raw;

/** What is known of the chain of each connection, and every line of secrets as others see it after us. */
function serve(rejectUnauthorized: boolean) {
  const told: (readonly Buffer[] | undefined)[] = [];
  const secrets: Buffer[] = [];
  const server = tls.createServer({
    cert: read(served.certificate),
    key: read(served.key),
    ca: read(root.certificate),
    requestCert: true,
    rejectUnauthorized,
  });
  const chains = createPeerCertificates(server);
  server.on('keylog', (line) => secrets.push(line));
  server.on('secureConnection', (stream: TLSSocket) => {
    told.push(chains.sentAfter(stream)?.map(({ raw }) => raw));
    stream.on('error', () => stream.destroy());
    stream.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  });
  after(() => server.close());
  return { server, told, secrets };
}

for (const version of tlsVersions) {
  test(`${version}: everything after the certificate, in the order of the client; nothing of who does not verify`, async (t) => {
    const { server, told, secrets } = serve(false);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const attempt = (facts: Partial<TlsAttempt>) => attemptTls(t, { port, ca: root.certificate, version, ...facts });
    const chain = [lower.certificate, served.certificate, upper.certificate];
    const { session } = await attempt({ identity, chain });
    await attempt({ identity: direct });
    await attempt({});
    const { resumed } = await attempt({ identity, chain, session });
    assert.equal(resumed, true);
    await attempt({ identity });
    // Node's client sends the root of its own accord, where it knows it. Of one that does not verify nothing is told: it could fill the memory with what it sends.
    assert.deepEqual(told, [chain.map(rawOf), [rawOf(root.certificate)], undefined, undefined, undefined]);
    assert.ok(secrets.length >= 4);
    for (const line of secrets) assert.ok(line.every((byte) => byte === 0));
  });
}

test('a server that refuses in the handshake knows the chain of whom it admits', async (t) => {
  const { server, told } = serve(true);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await attemptTls(t, { port, ca: root.certificate, identity, chain: [lower.certificate, upper.certificate] });
  const stranger = makeCertificate(directory, { name: 'stranger' });
  await attemptTls(t, { port, ca: root.certificate, identity: stranger });
  assert.deepEqual(told, [[lower, upper].map(({ certificate }) => rawOf(certificate))]);
});
