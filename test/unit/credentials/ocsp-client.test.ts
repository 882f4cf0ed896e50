// The client and a responder that does as it should. Time is an argument: nothing here waits.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { createOcspClient } from '../../../src/credentials/ocsp-client.ts';
import type { Certificate } from '../../../src/x509/certificate.ts';
import { buildOcspRequest } from '../../../src/x509/ocsp-request.ts';
import { failedResponse, unknownStatus } from '../../support/forge-ocsp-response.ts';
import {
  alice,
  answerOf,
  bob,
  ca,
  certificateOf,
  directory,
  good,
  issuer,
  minute,
  revoked,
  setUp,
  setUpWith,
  start,
} from '../../support/ocsp-client.ts';
import { startOcspServer } from '../../support/ocsp-server.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../support/openssl.ts';

test('good and revoked and unknown', async (t) => {
  const { client, server, log } = await setUpWith(t, good);
  const verdict = await client.check(alice, issuer);
  assert.equal(verdict.kind, 'good');
  assert.equal(verdict.usableUntilMs, start + 30 * minute);
  assert.match(verdict.reason, /^OCSP responder http:.*: the certificate is good$/);
  server.answer = revoked;
  const other = await client.check(bob, issuer);
  assert.equal(other.kind, 'revoked');
  assert.match(other.reason, /revoked on 2026-05-01T11:59:00/);
  assert.deepEqual(log, []);

  const third = await setUpWith(t, answerOf({ status: unknownStatus }));
  assert.equal((await third.client.check(alice, issuer)).kind, 'unknown');
});

test('the request is one POST with a fresh nonce', async (t) => {
  const { client, server } = await setUpWith(t, good);
  await client.check(alice, issuer);
  await client.check(bob, issuer);
  const [first, second] = server.requests;
  assert.equal(first?.message.method, 'POST');
  assert.equal(first?.message.url, '/ocsp?x=1');
  assert.equal(first?.message.headers.host, new URL(server.url).host);
  assert.equal(first?.message.headers['content-type'], 'application/ocsp-request');
  const nonceOf = (body: Buffer | undefined): Buffer => body?.subarray(-32) ?? assert.fail();
  const nonce = nonceOf(first?.body);
  assert.deepEqual(first?.body, buildOcspRequest({ certificate: alice, issuer, nonce }));
  assert.notDeepEqual(nonceOf(second?.body), nonce);
});

test('what was said counts until nextUpdate, without another question', async (t) => {
  const { client, server, advance } = await setUpWith(t, good);
  assert.equal(client.cached(alice, issuer), undefined);
  const verdict = await client.check(alice, issuer);
  server.answer = revoked;
  advance(30 * minute - 1);
  assert.equal(await client.check(alice, issuer), verdict);
  assert.equal(client.cached(alice, issuer), verdict);
  assert.equal(client.cached(bob, issuer), undefined);
  assert.equal(server.requests.length, 1);
  advance(1);
  assert.equal(client.cached(alice, issuer), undefined);
  assert.equal((await client.check(alice, issuer)).kind, 'revoked');
  assert.equal(server.requests.length, 2);
});

test('without nextUpdate it counts for five minutes', async (t) => {
  const { client, server, advance } = await setUpWith(t, answerOf({ nextUpdate: null }));
  await client.check(alice, issuer);
  advance(5 * minute - 1);
  await client.check(alice, issuer);
  assert.equal(server.requests.length, 1);
  advance(1);
  await client.check(alice, issuer);
  assert.equal(server.requests.length, 2);
});

test('a clock that is set back ends what was said', async (t) => {
  const { client, server, advance } = await setUpWith(t, good);
  await client.check(alice, issuer);
  advance(-1);
  assert.equal(client.cached(alice, issuer), undefined);
  await client.check(alice, issuer);
  assert.equal(server.requests.length, 2);
});

test('one question for each certificate at a time', async (t) => {
  const { client, server } = await setUpWith(t, good);
  const checks = Array.from({ length: 10 }, () => client.check(alice, issuer));
  const verdicts = await Promise.all([...checks, client.check(bob, issuer)]);
  assert.ok(verdicts.every(({ kind }) => kind === 'good'));
  assert.equal(server.requests.length, 2);
});

test('what was not asked for the longest is forgotten first', async (t) => {
  const { client, server } = await setUpWith(t, good, { maxEntries: 1 });
  await client.check(alice, issuer);
  await client.check(bob, issuer);
  assert.equal(client.cached(alice, issuer), undefined);
  assert.equal(client.cached(bob, issuer)?.kind, 'good');
  assert.equal(server.requests.length, 2);
});

/** A certificate that names these responders. */
function naming(name: string, urls: readonly string[]): Certificate {
  const access = urls.map((url) => `OCSP;URI:${url}`).join(',');
  const extensions = urls.length === 0 ? [] : [`authorityInfoAccess = ${access}`];
  return certificateOf(makeCertificate(directory, { ca, name, extensions }));
}

const dates = { thisUpdate: new Date(start), nextUpdate: new Date(start + minute) };

test('the responders that the certificate names are asked in turn', async (t) => {
  const [first, second] = [await startOcspServer(t, failedResponse(3)), await startOcspServer(t, good)];
  const carol = naming('carol', ['https://127.0.0.1:1/', first.url, second.url]);
  second.answer = answerOf({}, { answers: [{ certificate: carol, issuer, ...dates }] });
  const { client, advance } = setUp(t);
  assert.equal((await client.check(carol, issuer)).kind, 'good');
  assert.deepEqual([first.requests.length, second.requests.length], [1, 1]);
  await first.close();
  advance(minute);
  second.answer = failedResponse(2);
  const verdict = await client.check(carol, issuer);
  assert.equal(verdict.kind, 'unavailable');
  assert.match(verdict.reason, /ECONNREFUSED.*; OCSP responder .*internalError/);
});

test('a responder that is given is asked in their place', async (t) => {
  const own = await startOcspServer(t, good);
  const dave = naming('dave', [own.url]);
  const { client, server } = await setUpWith(t, answerOf({}, { answers: [{ certificate: dave, issuer, ...dates }] }));
  assert.equal((await client.check(dave, issuer)).kind, 'good');
  assert.deepEqual([own.requests.length, server.requests.length], [0, 1]);
  assert.throws(() => createOcspClient({ now: () => start, responder: 'https://ocsp.example/' }), {
    code: 'config-invalid',
  });
});

test('a certificate that names no responder', async (t) => {
  const { client } = setUp(t);
  for (const [name, urls] of [
    ['none', []],
    ['https', ['https://127.0.0.1:1/']],
  ] as const) {
    const verdict = await client.check(naming(name, urls), issuer);
    assert.equal(verdict.kind, 'unavailable');
    assert.match(verdict.reason, /names no http responder/);
  }
});

test('a CA that did not issue the certificate has no say', async (t) => {
  const namesake = makeCa(temporaryDirectory({ after }));
  const impostor = certificateOf(namesake);
  const forged = answerOf({ issuer: impostor }, { key: namesake.key });
  const { client } = await setUpWith(t, forged);
  assert.match((await client.check(alice, impostor)).reason, /is not the issuer/);
  assert.equal((await client.check(alice, issuer)).kind, 'unavailable');
});

test('close ends what is under way', async (t) => {
  const { client, server } = await setUpWith(t, () => client.close());
  const verdict = await client.check(alice, issuer);
  assert.equal(verdict.kind, 'unavailable');
  assert.match(verdict.reason, /about to stop/);
  assert.equal((await client.check(bob, issuer)).kind, 'unavailable');
  assert.equal(client.cached(bob, issuer)?.kind, 'unavailable');
  assert.equal(server.requests.length, 1);
});

test('at most 32 connections to a responder', async (t) => {
  const ports: (number | undefined)[] = [];
  const server = net.createServer((socket) => {
    ports.push(socket.remotePort);
    socket.on('error', () => {});
    t.after(() => socket.destroy());
    server.emit('counted', ports.length);
  });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { client } = setUp(t, { responder: `http://127.0.0.1:${port}/` });
  const reached = new Promise<void>((resolve) => {
    server.on('counted', (count) => count === 32 && resolve());
  });
  // Under another CA a certificate is asked about anew.
  const issuers = Array.from(
    { length: 40 },
    (_, n): Certificate => Object.create(issuer, { sha256: { value: `${n}` } }),
  );
  const checks = issuers.map((one) => client.check(alice, one));
  await reached;
  // What was under way before this connection would have come before it.
  const last = net.connect(port, '127.0.0.1');
  t.after(() => last.destroy());
  await once(server, 'counted');
  assert.equal(ports.indexOf(last.localPort), 32);
  client.close();
  for (const { kind } of await Promise.all(checks)) assert.equal(kind, 'unavailable');
});
