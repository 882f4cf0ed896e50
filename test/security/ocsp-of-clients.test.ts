// Attack: a client whose certificate the CA has revoked, and no list says so yet. The responder of the CA is asked before
// its first request; new, resumed and open connections, with both versions of TLS, before a real openssl responder.

import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { answerOcsp, revoke, startOcspResponder, urlOf } from '../support/ocsp.ts';
import { startOcspServer } from '../support/ocsp-server.ts';
import { type CertificateFiles, makeCa, makeCertificate } from '../support/openssl.ts';
import { connectRaw, type RawClient } from '../support/raw-client.ts';
import { tlsOptionsOf, tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca, client } = trust;
const revoked = makeCertificate(directory, { ca, name: 'revoked', eku: 'clientAuth' });
revoke(ca, revoked, 'keyCompromise');
/** Signed by the CA, and not in its index. */
const other = makeCa(directory, 'other');
const secret = makeCertificate(directory, { ca: { ...ca, database: other.database }, name: 'secret' });
const down = 'http://127.0.0.1:1/';
const minuteMs = 60_000;
const request = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

const refusal = (verifyError: string, status = 0) =>
  ({ code: 'client-certificate-invalid', verifyError, status }) as const;
const isRevoked = 'certificate revoked';
const isUnknown = 'certificate status unknown';

function connect(
  t: TestContext,
  port: number,
  identity: CertificateFiles,
  version: 'TLSv1.2' | 'TLSv1.3',
): Promise<RawClient> {
  return connectRaw(t, { port }, tlsOptionsOf({ port: 0, ca: ca.certificate, identity, version }));
}

for (const version of tlsVersions) {
  for (const refuse of ['handshake', 'http']) {
    test(`good is served; revoked and unknown are refused, new and resumed (${version}, refuse: ${refuse})`, async (t) => {
      const responder = urlOf(await startOcspResponder(t, ca));
      const ocsp = { responder };
      const { served, refused, reconfigure } = await startGuardedGateway(t, trust, { clients: { refuse, ocsp } });
      const status = refuse === 'http' ? 400 : 0;
      const { session } = await served({ identity: client, version });
      assert.ok((await served({ identity: client, version, session })).resumed, 'a good client may resume');
      const { line } = await refused({ identity: revoked, version }, refusal(isRevoked, status));
      assert.match(String(line.advice), /OCSP responder http:.*: the certificate was revoked on .* \(keyCompromise\)/);
      assert.match(JSON.stringify(line.certificate), /CN=revoked/);
      await refused({ identity: secret, version }, refusal(isUnknown, status));

      // A session of the time before anybody was asked.
      assert.ok(await reconfigure({ clients: { refuse } }));
      const before = await served({ identity: revoked, version });
      assert.ok(await reconfigure({ clients: { refuse, ocsp } }));
      const again = await refused({ identity: revoked, version, session: before.session }, refusal(isRevoked, status));
      assert.ok(!again.outcome.resumed);
    });
  }

  test(`a session whose client was revoked since is worth nothing, and nor is its connection (${version})`, async (t) => {
    let nowMs = Date.now();
    const own = makeCa(mkdtempSync(join(directory, 'own-')), 'own');
    const [mallory, alice] = ['mallory', 'alice'].map((name) =>
      makeCertificate(mkdtempSync(join(directory, 'client-')), { ca: own, name, eku: 'clientAuth' }),
    );
    assert.ok(mallory !== undefined && alice !== undefined);
    // As a server openssl reads its index once; a question at a time it is read anew.
    const { url: responder } = await startOcspServer(t, (response, body) => {
      const answer = answerOcsp(own, body, { validity: ['-nmin', '1'] });
      response.writeHead(200, { 'content-type': 'application/ocsp-response' }).end(answer);
    });
    const { gateway, backend, served, refused } = await startGuardedGateway(t, trust, {
      clients: { ca: own.certificate, ocsp: { responder } },
      limits: { idleTimeout: '30m' },
      now: () => nowMs,
    });
    const { session } = await served({ identity: mallory, version });
    const [open, honest] = await Promise.all(
      [mallory, alice].map((identity) => connect(t, gateway.port(), identity, version)),
    );
    assert.ok(open !== undefined && honest !== undefined);
    for (const one of [open, honest]) {
      one.send(request);
      await one.until('\r\n\r\nok');
    }
    revoke(own, mallory);
    const heads = backend.heads.length;
    nowMs += 2 * minuteMs; // the answers have run out
    const answers = await open.closed;
    assert.equal(answers.split('HTTP/1.1 ').length, 2);
    assert.equal(backend.heads.length, heads);
    const line = await gateway.lineWhere(({ reason }) => String(reason).startsWith('an open connection is ended'));
    assert.match(JSON.stringify(line), /certificate revoked.*CN=mallory|CN=mallory.*certificate revoked/);
    await refused({ identity: mallory, version, session }, refusal(isRevoked));
    honest.send(request);
    await honest.until('\r\n\r\nok', 2);
  });

  test(`a responder that is down refuses with hard, admits with soft (${version})`, async (t) => {
    const hard = await startGuardedGateway(t, trust, { clients: { ocsp: { responder: down, timeout: '1s' } } });
    const { line } = await hard.refused({ identity: client, version }, refusal('certificate status request failed'));
    assert.match(String(line.advice), /OCSP responder http:\/\/127\.0\.0\.1:1\/: .*ECONNREFUSED/);

    const soft = await startGuardedGateway(t, trust, {
      clients: { ocsp: { responder: down, timeout: '1s', fail: 'soft' } },
    });
    const { session } = await soft.served({ identity: client, version });
    await soft.served({ identity: client, version, session });
  });
}

test('soft forgives that there is no answer, never an answer', async (t) => {
  const responder = urlOf(await startOcspResponder(t, ca));
  const { served, refused } = await startGuardedGateway(t, trust, { clients: { ocsp: { responder, fail: 'soft' } } });
  await served({ identity: client });
  await refused({ identity: revoked }, refusal(isRevoked));
  await refused({ identity: secret }, refusal(isUnknown));
});

test('the responder that a certificate names is asked with `ocsp: leaf`; one that names none is refused', async (t) => {
  let named: readonly CertificateFiles[] = [];
  await startOcspResponder(t, ca, {}, (url) => {
    named = ['named', 'named-revoked'].map((name) =>
      makeCertificate(directory, { ca, name, extensions: [`authorityInfoAccess = OCSP;URI:${url}`] }),
    );
    revoke(ca, named[1] as CertificateFiles);
  });
  const { served, refused } = await startGuardedGateway(t, trust, { clients: { ocsp: 'leaf' } });
  await served({ identity: named[0] });
  await refused({ identity: named[1] }, refusal(isRevoked));
  const { line } = await refused({ identity: client }, refusal('certificate status request failed'));
  assert.match(String(line.advice), /names no http responder/);
});

test('the issuer of a certificate may come with the client, whether it is new or resumed', async (t) => {
  const intermediate = makeCa(directory, 'intermediate', { ca });
  const [below, gone] = ['below', 'below-gone'].map((name) => makeCertificate(directory, { ca: intermediate, name }));
  assert.ok(below !== undefined && gone !== undefined);
  revoke(intermediate, gone);
  const responder = urlOf(await startOcspResponder(t, intermediate));
  const { served, refused } = await startGuardedGateway(t, trust, { clients: { ocsp: { responder } } });
  const chain = [intermediate.certificate];
  const { session } = await served({ identity: below, chain });
  assert.ok((await served({ identity: below, chain, session })).resumed);
  await refused({ identity: gone, chain }, refusal(isRevoked));
});

test('while one client is asked about, others are served, and the request of the one is not forwarded', async (t) => {
  const held: (() => void)[] = [];
  const real = urlOf(await startOcspResponder(t, ca));
  const slow = await startOcspServer(t, (response, body) => {
    held.push(async () => {
      const answer = await fetch(real, {
        method: 'POST',
        headers: { 'content-type': 'application/ocsp-request' },
        body: new Uint8Array(body),
      });
      response
        .writeHead(200, { 'content-type': 'application/ocsp-response' })
        .end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  const { gateway, backend, attempt } = await startGuardedGateway(t, trust, {
    clients: { verify: 'optional', ocsp: { responder: slow.url, timeout: '20s' } },
  });
  const waiting = attempt({ identity: client });
  const alsoWaiting = attempt({ identity: revoked });
  while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await attempt()).status, 200, 'a client without a certificate has nobody to wait for');
  assert.equal(backend.heads.length, 1);
  for (const answer of held) answer();
  assert.equal((await waiting).status, 200);
  assert.equal((await alsoWaiting).status, 0);
  assert.equal(backend.heads.length, 2);
  assert.equal(slow.requests.length, 2);
  assert.equal((await attempt({ identity: client })).status, 200);
  assert.equal(slow.requests.length, 2, 'the answer is remembered');
  // A stop does not wait for responders.
  await gateway.running.stop();
});

test('a client that goes away while it is asked about harms nobody', async (t) => {
  const held: (() => void)[] = [];
  const slow = await startOcspServer(t, (response) => {
    held.push(() => response.writeHead(503).end());
  });
  const { gateway, attempt } = await startGuardedGateway(t, trust, {
    clients: { verify: 'optional', ocsp: { responder: slow.url, timeout: '20s' } },
  });
  const gone = await connect(t, gateway.port(), client, 'TLSv1.3');
  while (held.length < 1) await new Promise((resolve) => setImmediate(resolve));
  gone.socket.destroy();
  for (const answer of held) answer();
  assert.equal((await attempt()).status, 200);
});
