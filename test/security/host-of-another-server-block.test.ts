// Attack: domain fronting. A client shakes hands with the server block that trusts it and then names another block in
// the request, whose CA would not have admitted it.

import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import http2 from 'node:http2';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type GuardedGateway, guard, makeTrust } from '../support/guarded-gateway.ts';
import { makeCa, makeCertificate } from '../support/openssl.ts';
import { connectRaw } from '../support/raw-client.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';
import { type AsyncAfterHook, startTestGateway } from '../support/test-gateway.ts';
import { tlsOptionsOf, tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca, client: alice, server } = trust;
const otherCa = makeCa(directory, 'other-ca');
const bob = makeCertificate(directory, { ca: otherCa, name: 'bob' });

/** Clients of one CA on a.test, of another on b.test; nobody needs a certificate on open.test. */
async function startThreeBlocks(t: AsyncAfterHook): Promise<Omit<GuardedGateway, 'reconfigure'>> {
  const backend = await createRecordingBackend(t);
  const block = (name: string, clients: object): object => ({
    listen: '127.0.0.1:0',
    names: [name],
    http2: true,
    tls: { certificate: server.certificate, key: server.key, clients },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const servers = [
    block('open.test', { verify: 'none' }),
    block('a.test', { ca: ca.certificate }),
    block('b.test', { ca: otherCa.certificate }),
  ];
  const document = JSON.stringify({ servers, log: { access: 'off' } });
  return guard(t, trust, await startTestGateway(t, mkdtempSync(join(directory, 'three-')), document), backend);
}

const isMisdirected = { code: 'misdirected-request', status: 421 } as const;

for (const version of tlsVersions) {
  test(`the host must be of the block that the handshake was made for (${version})`, async (t) => {
    const { served, refused } = await startThreeBlocks(t);
    const asAlice = { version, serverName: 'a.test', identity: alice };
    for (const host of ['b.test', 'B.TEST', 'b.test.', 'b.test:443', 'open.test', 'unknown.test']) {
      const { line } = await refused({ ...asAlice, host }, isMisdirected);
      assert.equal(line.sni, 'a.test');
    }
    // RFC 9112 §3.2.2: the authority of the target counts, and not Host.
    await refused({ ...asAlice, host: 'a.test', path: 'https://b.test/' }, isMisdirected);
    // Hosts that proxies before us would have set are not believed.
    const forwardedHost = ['X-Forwarded-Host: a.test', 'Forwarded: host=a.test'];
    await refused({ ...asAlice, host: 'b.test', headers: forwardedHost }, isMisdirected);
    // From where no certificate is asked for to where one is, and without any name at all.
    await refused({ version, serverName: 'open.test', host: 'b.test' }, isMisdirected);
    await refused({ version, host: 'b.test', identity: alice }, isMisdirected);

    await served({ ...asAlice, host: 'a.test' });
    await served({ ...asAlice, host: 'A.test.:8443' });
    await served({ version, serverName: 'b.test', host: 'b.test', identity: bob });
    await served({ version, serverName: 'open.test', host: 'open.test' });
  });
}

test('nor does the second request of a connection get further', async (t) => {
  const { gateway, backend } = await startThreeBlocks(t);
  const options = tlsOptionsOf({ port: 0, ca: ca.certificate, identity: alice, serverName: 'a.test' });
  const client = await connectRaw(t, { port: gateway.port() }, options);
  client.send('GET /honest HTTP/1.1\r\nHost: a.test\r\n\r\nGET /attack HTTP/1.1\r\nHost: b.test\r\n\r\n');
  assert.match(await client.closed, /^HTTP\/1\.1 200 .*HTTP\/1\.1 421 /s);
  await gateway.lineWhere(({ code }) => code === 'misdirected-request');
  assert.equal(backend.heads.length, 1);
  assert.match(backend.received, /^GET \/honest /);
});

test('nor does :authority over HTTP/2', async (t) => {
  const { gateway, backend } = await startThreeBlocks(t);
  const options = tlsOptionsOf({ port: 0, ca: ca.certificate, identity: alice, serverName: 'a.test' });
  const session = http2.connect(`https://127.0.0.1:${gateway.port()}`, { ...options, ALPNProtocols: ['h2'] });
  t.after(() => session.destroy());
  const statusOf = (headers: http2.OutgoingHttpHeaders): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const stream = session.request(headers);
      stream.once('error', reject);
      stream.once('response', (response) => resolve(response[':status']));
      stream.resume();
    });
  assert.equal(await statusOf({ ':authority': 'b.test' }), 421);
  assert.equal(backend.received, '');
  assert.equal(await statusOf({ ':authority': 'a.test' }), 200);
  assert.equal(await statusOf({ ':authority': 'a.test', host: 'b.test' }), 400);
  assert.equal(backend.heads.length, 1);
});
