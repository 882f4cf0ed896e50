// Clients whose certificate has been good once, or is good elsewhere, before servers of an nginx file: with a session of
// better days, on a connection that is still open, at another server without a server name, with a chain too long.

import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { head, untilResponses } from '../support/http-messages.ts';
import { startNginxFront } from '../support/nginx-front.ts';
import { makeCa, makeCertificate, makeCrl, temporaryDirectory } from '../support/openssl.ts';
import { connectRaw } from '../support/raw-client.ts';
import { attemptTls, tlsVersions } from '../support/tls-client.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const otherCa = makeCa(directory, 'other-ca');
const inner = makeCa(directory, 'inner', { ca });
const innermost = makeCa(directory, 'innermost', { ca: inner });
makeCertificate(directory, { ca, name: 'server', san: 'DNS:a.test,DNS:b.test' });
const client = makeCertificate(directory, { ca, name: 'client', eku: 'clientAuth' });
const revoked = makeCertificate(directory, { ca, name: 'revoked', eku: 'clientAuth' });
const other = makeCertificate(directory, { ca: otherCa, name: 'other', eku: 'clientAuth' });
const deep = makeCertificate(directory, { ca: innermost, name: 'deep', eku: 'clientAuth' });
const shallow = makeCertificate(directory, { ca: inner, name: 'shallow', eku: 'clientAuth' });
const empty = makeCrl(ca, { name: 'empty' });
const full = makeCrl(ca, { name: 'full', revoked: [revoked.certificate] });

const keys = 'ssl_certificate server.crt; ssl_certificate_key server.key;';
const guarded = `${keys} ssl_session_cache shared:S:1m; ssl_client_certificate trusted.crt; ssl_verify_client on;`;
const answer = 'location / { return 200 "$server_name $ssl_client_verify"; }';
const one = `server { listen 127.0.0.1:443 ssl; server_name a.test; ${guarded} ssl_crl current.crl; ${answer} }`;
copyFileSync(ca.certificate, join(directory, 'trusted.crt'));

for (const version of tlsVersions) {
  test(`a session outlives neither the list nor the CA that it was made under (${version})`, async (t) => {
    copyFileSync(empty, join(directory, 'current.crl'));
    const front = await startNginxFront(t, { directory, http: one });
    const ask = (identity = revoked, session?: Buffer) =>
      attemptTls(t, { port: front.port, ca: ca.certificate, serverName: 'a.test', identity, version, session });
    const before = await ask();
    const honest = await ask(client);
    assert.match(before.text, /a\.test SUCCESS/);
    assert.ok((await ask(revoked, before.session)).resumed, 'a session is good for as long as nothing changes');

    copyFileSync(full, join(directory, 'current.crl'));
    await front.reload(one);
    const after = await ask(revoked, before.session);
    assert.deepEqual([after.status, after.resumed], [400, false]);
    assert.match((await ask(client, honest.session)).text, /a\.test SUCCESS/);

    writeFileSync(join(directory, 'trusted.crt'), readFileSync(otherCa.certificate));
    const without = one.replace('ssl_crl current.crl;', '');
    await front.reload(without);
    t.after(() => copyFileSync(ca.certificate, join(directory, 'trusted.crt')));
    assert.equal((await ask(client, honest.session)).status, 400);
    assert.match((await ask(other)).text, /a\.test SUCCESS/);
  });

  test(`a chain that is too long is too long with a session, too (${version})`, async (t) => {
    const http = `server { listen 127.0.0.1:443 ssl; server_name a.test; ${guarded} ssl_verify_depth 1; ${answer} }`;
    const front = await startNginxFront(t, { directory, http });
    const ask = (identity: typeof deep, chain: string[], session?: Buffer) =>
      attemptTls(t, {
        port: front.port,
        ca: ca.certificate,
        serverName: 'a.test',
        identity,
        chain,
        version,
        session,
      });
    const long = [innermost.certificate, inner.certificate];
    const first = await ask(deep, long);
    assert.equal(first.status, 400);
    if (first.session !== undefined) assert.equal((await ask(deep, long, first.session)).status, 400);
    const good = await ask(shallow, [inner.certificate]);
    assert.match(good.text, /SUCCESS/);
    const again = await ask(shallow, [inner.certificate], good.session);
    assert.ok(again.resumed);
    assert.match(again.text, /SUCCESS/);
  });
}

test('a client that is revoked loses the connection that it has', async (t) => {
  copyFileSync(empty, join(directory, 'current.crl'));
  const front = await startNginxFront(t, { directory, http: one });
  const tls = { ca: readFileSync(ca.certificate), servername: 'a.test' };
  const as = { ...tls, cert: readFileSync(revoked.certificate), key: readFileSync(revoked.key) };
  const kept = await connectRaw(t, front, as);
  kept.send(head('GET /').replace('localhost', 'a.test'));
  await untilResponses(kept, 1);
  copyFileSync(full, join(directory, 'current.crl'));
  await front.reload(one);
  kept.send(head('GET /').replace('localhost', 'a.test'));
  assert.equal((await kept.closed).split('HTTP/1.1 200').length, 2);
});

test('a certificate that expires is not in date on a connection that stays open', async (t) => {
  let nowMs = Date.now();
  copyFileSync(empty, join(directory, 'current.crl'));
  const front = await startNginxFront(t, { directory, http: one, now: () => nowMs });
  const tls = { ca: readFileSync(ca.certificate), servername: 'a.test' };
  const kept = await connectRaw(t, front, {
    ...tls,
    cert: readFileSync(client.certificate),
    key: readFileSync(client.key),
  });
  const get = head('GET /').replace('localhost', 'a.test');
  kept.send(get);
  const [good] = await untilResponses(kept, 1);
  assert.equal(good?.status, 200);
  nowMs += 31 * 86_400_000;
  kept.send(get);
  const [, late] = await untilResponses(kept, 2);
  assert.equal(late?.status, 400);
  assert.match(front.errorLog(), /client SSL certificate verify error: \(10:certificate has expired\)/);
});

test('a client of one server is nobody at another, also without a server name', async (t) => {
  const http = `
    server { listen 127.0.0.1:443 ssl default_server; server_name a.test; ${keys}
      ssl_client_certificate ca.crt; ssl_verify_client on; ${answer} }
    server { listen 127.0.0.1:443 ssl; server_name b.test; ${keys}
      ssl_client_certificate other-ca.crt; ssl_verify_client on; ${answer} }
    server { listen 127.0.0.1:443 ssl; server_name c.test; ${keys}
      ssl_client_certificate ca.crt; ssl_verify_client on; ${answer} }`;
  const front = await startNginxFront(t, { directory, http });
  const ask = (host: string, identity: typeof client, serverName?: string) =>
    attemptTls(t, {
      port: front.port,
      ca: ca.certificate,
      identity,
      host,
      ...(serverName === undefined ? {} : { serverName }),
    });
  assert.match((await ask('a.test', client)).text, /a\.test SUCCESS/);
  assert.equal((await ask('b.test', client)).status, 421);
  assert.equal((await ask('b.test', client, 'a.test')).status, 421);
  assert.equal((await ask('b.test', client, 'nobody.test')).status, 421);
  assert.equal((await ask('b.test', client, 'b.test')).status, 400);
  assert.match((await ask('b.test', other, 'b.test')).text, /b\.test SUCCESS/);
  // The same CA: what the handshake says is true there, too, and nginx serves it.
  assert.match((await ask('c.test', client)).text, /c\.test SUCCESS/);
});
