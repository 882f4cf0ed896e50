// Revocation lists by URL, through the whole gateway: fetched at the start, replaced while connections are open, kept
// while their server is gone or sends nonsense, and taken from disk after a restart. Real HTTP, real TLS, real lists.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { type CrlServer, startCrlServer } from '../support/crl-downloads.ts';
import { type GuardedGateway, makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { type CaFiles, makeCa, makeCertificate, makeCrl } from '../support/openssl.ts';
import { connectRaw } from '../support/raw-client.ts';
import { tlsOptionsOf, tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca, client } = trust;
const revoked = makeCertificate(directory, { ca, name: 'revoked', eku: 'clientAuth' });
const hourMs = 3_600_000;
const at = (hours: number): Date => new Date(Date.now() + hours * hourMs);
const before = makeCrl(ca, { name: 'before', thisUpdate: at(-3) });
const since = makeCrl(ca, { name: 'since', thisUpdate: at(-2), revoked: [revoked.certificate] });
const isRevoked = { code: 'client-certificate-invalid', verifyError: 'certificate revoked' } as const;
const hasNoList = { code: 'client-certificate-invalid', verifyError: 'unable to get certificate CRL' } as const;

interface Fetching extends GuardedGateway {
  readonly server: CrlServer;
  readonly cache: string;
  /** Resolves when the log has a line that begins so, for the time of this call on. */
  told(text: RegExp): Promise<unknown>;
}

/** `refresh: 1s` is the shortest that is waited between two questions. */
async function start(t: TestContext, list: string, clients: object = {}): Promise<Fetching> {
  const server = await startCrlServer(t, list);
  const cache = mkdtempSync(join(directory, 'cache-'));
  const guarded = await startGuardedGateway(t, trust, {
    clients: { crl: { url: server.url, refresh: '1s' }, ...clients },
    top: { crlCache: cache },
  });
  return {
    ...guarded,
    server,
    cache,
    told: (text) => {
      const known = guarded.gateway.lines.length;
      return guarded.gateway.lineWhere((line) => guarded.gateway.lines.indexOf(line) >= known && text.test(line.msg));
    },
  };
}

for (const version of tlsVersions) {
  test(`a list that is fetched admits and refuses as one that was written (${version})`, async (t) => {
    const { served, refused, gateway } = await start(t, since);
    await served({ identity: client, version });
    await refused({ identity: revoked, version }, isRevoked);
    assert.ok(gateway.lines.some(({ msg }) => /revocation list http:.* was fetched: the list of "CN=ca/.test(msg)));
  });

  test(`a list that is replaced on its server ends the open connection of whom it names (${version})`, async (t) => {
    const { gateway, server, served, refused } = await start(t, before);
    const connect = (identity: typeof client) =>
      connectRaw(t, { port: gateway.port() }, tlsOptionsOf({ port: 0, ca: ca.certificate, identity, version }));
    const [attacker, honest] = await Promise.all([connect(revoked), connect(client)]);
    const request = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
    for (const one of [attacker, honest]) {
      one.send(request);
      await one.until('\r\n\r\nok');
    }
    server.list = since;
    await attacker.closed;
    await refused({ identity: revoked, version }, isRevoked);
    honest.send(request);
    await honest.until('\r\n\r\nok', 2);
    await served({ identity: client, version });
  });
}

test('while the server is gone, or sends nonsense, the last good list counts', async (t) => {
  const { server, served, refused, told } = await start(t, since);
  server.answer = (_, response) => response.end('<html>not a list</html>');
  await told(/cannot be fetched: .*; the list of "CN=ca.* is in force/);
  await served({ identity: client });
  await refused({ identity: revoked }, isRevoked);

  server.answer = (_, response) => response.writeHead(503).end();
  await told(/cannot be fetched: .*status 503/);
  await served({ identity: client });
  await refused({ identity: revoked }, isRevoked);
});

test('an older list, and one of another signer, do not take the place of a good one', async (t) => {
  const { server, refused, told } = await start(t, since);
  server.list = before;
  await told(/cannot be fetched: .*older than/);
  await refused({ identity: revoked }, isRevoked);
  const namesake: CaFiles = makeCa(mkdtempSync(join(directory, 'namesake-')), 'ca');
  server.list = makeCrl(namesake, { name: 'forged', thisUpdate: at(-1) });
  await told(/cannot be fetched: .*signature is false/);
  await refused({ identity: revoked }, isRevoked);
});

test('after a restart without the server the copy on disk counts', async (t) => {
  const first = await start(t, since);
  await first.gateway.running.stop();
  first.server.server.close();
  first.server.server.closeAllConnections();
  const again = await startGuardedGateway(t, trust, {
    clients: { crl: { url: first.server.url, refresh: '1h' } },
    top: { crlCache: first.cache },
  });
  await again.served({ identity: client });
  await again.refused({ identity: revoked }, isRevoked);
});

for (const onCrlExpired of ['refuse', 'keep']) {
  test(`without server and copy nobody is admitted, in words, until the list comes (onCrlExpired: ${onCrlExpired})`, async (t) => {
    const server = await startCrlServer(t, since);
    server.answer = (_, response) => response.writeHead(404).end();
    const cache = mkdtempSync(join(directory, 'cache-'));
    const { gateway, refused, served } = await startGuardedGateway(t, trust, {
      clients: { crl: { url: server.url, refresh: '1s' }, onCrlExpired },
      top: { crlCache: cache },
    });
    assert.ok(gateway.lines.some(({ msg, code }) => code === 'crl-unavailable' && /status 404/.test(msg)));
    assert.ok(gateway.lines.some(({ msg }) => msg.includes('there is no revocation list of "CN=ca,O=Test"')));
    await refused({ identity: client }, hasNoList);
    await refused({ identity: revoked }, hasNoList);
    server.answer = undefined;
    await gateway.lineWhere(({ msg }) => msg === 'reloaded');
    await served({ identity: client });
    await refused({ identity: revoked }, isRevoked);
  });
}

test('a copy that was damaged on disk is left out, and fetched anew', async (t) => {
  const first = await start(t, since);
  await first.gateway.running.stop();
  for (const name of readdirSync(first.cache)) writeFileSync(join(first.cache, name), 'damaged');
  const again = await startGuardedGateway(t, trust, {
    clients: { crl: { url: first.server.url } },
    top: { crlCache: first.cache },
  });
  await again.served({ identity: client });
  await again.refused({ identity: revoked }, isRevoked);
});

test('a reload to another URL goes by the list there', async (t) => {
  const { reconfigure, served, refused, cache } = await start(t, before);
  await served({ identity: revoked });
  const other = await startCrlServer(t, since);
  assert.ok(await reconfigure({ clients: { crl: { url: other.url } }, top: { crlCache: cache } }));
  await refused({ identity: revoked }, isRevoked);
  await served({ identity: client });
});

for (const version of tlsVersions) {
  test(`the list that a client names is fetched when it comes (${version})`, async (t) => {
    const server = await startCrlServer(t, since);
    const own = makeCa(mkdtempSync(join(directory, 'named-')), 'named');
    const extensions = [`crlDistributionPoints = URI:${server.url}`];
    const [good, bad] = ['good', 'bad'].map((name) =>
      makeCertificate(directory, { ca: own, name: `${name}-${version}`, eku: 'clientAuth', extensions }),
    );
    assert.ok(good !== undefined && bad !== undefined);
    server.list = makeCrl(own, { name: 'own', revoked: [bad.certificate] });
    const silent = makeCertificate(directory, { ca: own, name: `silent-${version}`, eku: 'clientAuth' });
    const { served, refused, gateway } = await startGuardedGateway(t, trust, {
      clients: { ca: [ca.certificate, own.certificate], crlDistributionPoints: true },
      top: { crlCache: mkdtempSync(join(directory, 'cache-')) },
    });
    await refused({ identity: silent, version }, hasNoList);
    const { session } = await served({ identity: good, version });
    await refused({ identity: bad, version }, isRevoked);
    const { resumed } = await served({ identity: good, version, session });
    assert.equal(typeof resumed, 'boolean');
    // Those of the other CA name no list, and so have none.
    await refused({ identity: client, version }, hasNoList);
    await served({ identity: silent, version });
    assert.equal(server.requests.length, 1, 'fetched once');
    assert.equal(gateway.lines.filter(({ msg }) => msg === 'reloaded').length, 1);
  });
}

test('a client whose list cannot be had waits, and is refused', async (t) => {
  const own = makeCa(mkdtempSync(join(directory, 'dead-')), 'dead');
  const server = await startCrlServer(t, before);
  server.answer = (_, response) => response.writeHead(500).end();
  const extensions = [`crlDistributionPoints = URI:${server.url}`];
  const identity = makeCertificate(directory, { ca: own, name: 'dead-client', eku: 'clientAuth', extensions });
  const { refused } = await startGuardedGateway(t, trust, {
    clients: { ca: own.certificate, crlDistributionPoints: true },
    top: { crlCache: mkdtempSync(join(directory, 'cache-')) },
  });
  await refused({ identity }, hasNoList);
  await refused({ identity }, hasNoList);
  assert.equal(server.requests.length, 1, 'it is not asked for every client');
});
