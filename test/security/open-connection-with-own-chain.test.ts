// Clients that send the CAs between them and the one that is trusted. When trust changes, whoever still leads to it stays
// connected, which is found out from what they have sent; and nothing that an attacker sends along helps him.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, type TestContext, test } from 'node:test';
import tls from 'node:tls';
import type { TlsVersion } from '../../src/config/schema.ts';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { exchangeHttp2 } from '../support/http2-exchange.ts';
import { type CertificateFiles, makeCa, makeCertificate, makeCrl } from '../support/openssl.ts';
import { connectRaw, type RawClient } from '../support/raw-client.ts';
import { tlsOptionsOf, tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca } = trust;
const intermediate = makeCa(directory, 'intermediate', { ca });
const lower = makeCa(directory, 'lower', { ca: intermediate });
const below = makeCertificate(directory, { ca: lower, name: 'below', eku: 'clientAuth' });
const other = makeCa(directory, 'other');
const withdrawn = makeCa(directory, 'withdrawn');
const outsider = makeCertificate(directory, { ca: withdrawn, name: 'outsider', eku: 'clientAuth' });
const chain = [intermediate.certificate, lower.certificate];
const crl = [ca, intermediate, lower].map((one, index) => makeCrl(one, { name: `before-${index}` }));
const since = [makeCrl(ca, { name: 'since', revoked: [intermediate.certificate] }), ...crl.slice(1)];
const both = { ca: [ca.certificate, other.certificate] };

const request = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

async function open(
  t: TestContext,
  port: number,
  identity: CertificateFiles,
  sent: readonly string[],
  version: TlsVersion,
): Promise<RawClient> {
  const options = tlsOptionsOf({ port: 0, ca: ca.certificate, identity, chain: sent, version });
  const client = await connectRaw(t, { port }, options);
  client.send(request);
  await client.until('\r\n\r\nok');
  return client;
}

for (const version of tlsVersions) {
  test(`whoever leads to what is trusted stays connected, change after change (${version})`, async (t) => {
    const { gateway, reconfigure } = await startGuardedGateway(t, trust);
    const client = await open(t, gateway.port(), below, chain, version);
    for (const [times, clients] of [both, {}, both].entries()) {
      assert.ok(await reconfigure({ clients }));
      client.send(request);
      await client.until('\r\n\r\nok', 2 + times);
    }
    assert.ok(!gateway.lines.some(({ reason }) => String(reason).includes('an open connection is ended')));
  });

  test(`a CA in between that is revoked ends the connection of whom it vouched for (${version})`, async (t) => {
    const { gateway, reconfigure } = await startGuardedGateway(t, trust, { clients: { crl } });
    const client = await open(t, gateway.port(), below, chain, version);
    assert.ok(await reconfigure({ clients: { crl: since } }));
    await client.closed;
    const line = await gateway.lineWhere(({ reason }) => String(reason).startsWith('an open connection is ended'));
    assert.match(String(line.reason), /revoked/);
  });

  test(`certificates that do not lead anywhere help nobody (${version})`, async (t) => {
    const { gateway, backend, reconfigure } = await startGuardedGateway(t, trust, {
      clients: { ca: [ca.certificate, withdrawn.certificate] },
    });
    // Those of others, that of the trusted root, and that of his own root.
    const junk = [ca.certificate, ...chain, below.certificate, withdrawn.certificate];
    const attacker = await open(t, gateway.port(), outsider, junk, version);
    const honest = await open(t, gateway.port(), below, chain, version);
    assert.ok(await reconfigure({}));
    await attacker.closed;
    honest.send(request);
    await honest.until('\r\n\r\nok', 2);
    assert.equal(backend.heads.length, 3);
  });
}

test('a client that sends too little is disconnected, as nobody can tell who vouches for it', async (t) => {
  const { gateway, reconfigure } = await startGuardedGateway(t, trust, {
    clients: { ca: [ca.certificate, intermediate.certificate, lower.certificate] },
  });
  const client = await open(t, gateway.port(), below, [], 'TLSv1.3');
  assert.ok(await reconfigure({}));
  await client.closed;
});

test('over HTTP/2 they stay connected, too', async (t) => {
  const { gateway, reconfigure } = await startGuardedGateway(t, trust, { server: { http2: true } });
  const session = http2.connect('https://localhost', {
    createConnection: () =>
      tls.connect({
        ...tlsOptionsOf({ port: 0, ca: ca.certificate, identity: below, chain }),
        ...{ host: '127.0.0.1', port: gateway.port(), ALPNProtocols: ['h2'] },
      }),
  });
  t.after(() => session.destroy());
  assert.equal((await exchangeHttp2(session, { ':path': '/first' })).status, 200);
  assert.ok(await reconfigure({ clients: both, server: { http2: true } }));
  assert.equal((await exchangeHttp2(session, { ':path': '/second' })).status, 200);
});

test('a session that was resumed is judged by what the first handshake has shown', async (t) => {
  const { served, refused, reconfigure } = await startGuardedGateway(t, trust, { clients: { onCrlExpired: 'keep' } });
  const { session } = await served({ identity: below, chain });
  assert.ok((await served({ identity: below, chain, session })).resumed);
  assert.ok(await reconfigure({ clients: { onCrlExpired: 'keep', ca: other.certificate } }));
  const { outcome } = await refused(
    { identity: below, chain, session },
    {
      code: 'client-certificate-invalid',
      verifyError: 'unable to get local issuer certificate',
    },
  );
  assert.ok(!outcome.resumed);
});
