// Attack: a client is admitted with one certificate and then, on the same connection, renegotiates with another. TLS 1.2
// allows it, and Node lets clients do it: with `refuse: http` even a certificate that nobody signed would become the peer
// of a connection that has passed. It is also the cheapest way to make a server do handshakes without end.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { type CertificateFiles, makeCertificate } from '../support/openssl.ts';
import { connectRaw } from '../support/raw-client.ts';
import { tlsOptionsOf } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca, client: alice } = trust;
const bob = makeCertificate(directory, { ca, name: 'bob' });
const admin = makeCertificate(directory, { name: 'admin' });
const request = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

const connectAlice = (t: Parameters<typeof connectRaw>[0], port: number): ReturnType<typeof connectRaw> =>
  connectRaw(t, { port }, tlsOptionsOf({ port, ca: ca.certificate, identity: alice, version: 'TLSv1.2' }));

for (const refuse of ['handshake', 'http']) {
  for (const [who, other] of [
    ['the same', alice],
    ['another trusted', bob],
    ['a self-signed', admin],
  ] as readonly [string, CertificateFiles][]) {
    test(`no renegotiation with ${who} certificate (refuse: ${refuse})`, async (t) => {
      const { gateway, backend } = await startGuardedGateway(t, trust, { clients: { refuse } });
      const client = await connectAlice(t, gateway.port());
      client.send(request);
      await client.until('\r\n\r\nok');

      const stream = client.socket as tls.TLSSocket;
      const [cert, key] = [readFileSync(other.certificate), readFileSync(other.key)];
      stream.setKeyCert(tls.createSecureContext({ cert, key }));
      const [error] = await new Promise<[NodeJS.ErrnoException | null]>((resolve) => {
        stream.once('error', (cause: NodeJS.ErrnoException) => resolve([cause]));
        stream.renegotiate({}, (cause) => resolve([cause]));
      });
      assert.equal(error?.code, 'ERR_SSL_NO_RENEGOTIATION');
      client.send(request);
      await client.closed;
      const subjects = backend.heads.map((head) => /^X-SSL-Client-S-DN: (.*)$/m.exec(head)?.[1]);
      assert.deepEqual(subjects, ['CN=alice,O=Company A']);

      // The twin, on a connection that does not try.
      const honest = await connectAlice(t, gateway.port());
      for (const count of [2, 3]) {
        honest.send(request);
        await backend.untilHeads(count);
      }
    });
  }
}

test('no renegotiation with the openssl program', async (t) => {
  const { gateway, backend } = await startGuardedGateway(t, trust);
  const files = ['-cert', alice.certificate, '-key', alice.key, '-CAfile', ca.certificate];
  const args = ['s_client', '-tls1_2', '-connect', `127.0.0.1:${gateway.port()}`, ...files];
  const client = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  t.after(() => client.kill());
  let output = '';
  const secured = new Promise<void>((resolve) => {
    for (const stream of [client.stdout, client.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('Extended master secret')) resolve();
      });
    }
  });
  await secured;
  client.stdin.write('R\n');
  const [exitCode] = await once(client, 'close');
  assert.equal(exitCode, 1);
  assert.match(output, /RENEGOTIATING[\s\S]*no renegotiation/);
  assert.equal(backend.received, '');
});
