// X-Mutual-Identity as a service takes it: keys fetched from the admin listener, tokens of real requests verified with jose;
// and that nobody but the gateway can bring one to the service.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import { join } from 'node:path';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { createLocalJWKSet, decodeProtectedHeader, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { parsePem } from '../../src/x509/pem.ts';
import { askAdmin } from '../support/ask-admin.ts';
import { type GuardedGateway, makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { exchangeHttp2 } from '../support/http2-exchange.ts';
import { makeCertificate, runOpenssl } from '../support/openssl.ts';
import { headerLines } from '../support/recording-backend.ts';
import { tlsOptionsOf, tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca } = trust;
const san = 'DNS:alice.a.example,URI:spiffe://a.example/alice,email:alice@a.example,IP:192.0.2.7';
const alice = makeCertificate(directory, {
  ca,
  name: 'named',
  subject: '/O=Company A, Inc./CN=alice',
  san,
  eku: 'clientAuth',
});
const [first, second, foreign] = ['first', 'second', 'foreign'].map(makeKey) as [string, string, string];
const issuer = 'https://gateway.b.example';

function makeKey(name: string): string {
  const file = join(directory, `${name}.identity.key`);
  runOpenssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file]);
  return file;
}

const topWith = (signedIdentity: object): { readonly top: Readonly<Record<string, unknown>> } => ({
  top: { admin: '127.0.0.1:0', signedIdentity: { key: first, issuer, ...signedIdentity } },
});

async function fetchKeys({ gateway }: Pick<GuardedGateway, 'gateway'>): Promise<JSONWebKeySet> {
  const { status, headers, text } = await askAdmin(gateway.adminUrl, '/.well-known/jwks.json');
  assert.equal(status, 200);
  assert.match(headers['content-type'] ?? '', /^application\/json/);
  return JSON.parse(text);
}

/** Every value under any spelling of the name that the backend got in its last request. */
function tokensOf({ backend }: Pick<GuardedGateway, 'backend'>): string[] {
  return headerLines(backend.heads.at(-1) ?? '').flatMap((line) => {
    const [, name = '', value = ''] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
    return name.toLowerCase().replaceAll(/[_.]/g, '-') === 'x-mutual-identity' ? [value] : [];
  });
}

for (const version of tlsVersions) {
  test(`a service verifies who its client is (${version})`, async (t) => {
    const guarded = await startGuardedGateway(t, trust, {
      ...topWith({ audience: 'service1', lifetime: '30s' }),
      route: { name: 'orders' },
    });
    await guarded.served({ identity: alice, version, headers: ['X-Request-Id: of-the-client'] });
    const [token = '', ...more] = tokensOf(guarded);
    assert.equal(more.length, 0);
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(await fetchKeys(guarded)), {
      issuer,
      audience: 'service1',
      algorithms: ['ES256'],
      requiredClaims: ['iat', 'exp', 'jti'],
    });
    const [block] = parsePem(readFileSync(alice.certificate), 'alice');
    assert.ok(block);
    const certificate = parseCertificate(block.der);
    const sent = headerLines(guarded.backend.heads.at(-1) ?? '');
    const id = sent.find((line) => line.startsWith('X-Request-Id: '))?.slice('X-Request-Id: '.length);
    assert.equal(protectedHeader.typ, 'JWT');
    assert.equal(payload.sub, 'CN=alice,O=Company A\\, Inc.');
    assert.equal(payload.sub, certificate.subjectDn);
    assert.equal(payload.issuer_dn, certificate.issuerDn);
    assert.equal(payload.serial, certificate.serialNumber);
    assert.deepEqual(payload.san, {
      dns: ['alice.a.example'],
      email: ['alice@a.example'],
      uri: ['spiffe://a.example/alice'],
      ip: ['192.0.2.7'],
    });
    assert.equal(payload.sha256, createHash('sha256').update(block.der).digest('hex'));
    assert.deepEqual(payload.cnf, { 'x5t#S256': createHash('sha256').update(block.der).digest('base64url') });
    assert.equal(payload.route, 'orders');
    assert.equal(payload.request_id, id);
    assert.equal(payload.jti, id);
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 30);
  });
}

test('a token of another key, for another, changed or too old does not verify', async (t) => {
  let nowMs = Date.now();
  const guarded = await startGuardedGateway(t, trust, { ...topWith({ audience: 'service1' }), now: () => nowMs });
  await guarded.served({ identity: alice });
  const [token = ''] = tokensOf(guarded);
  const keys = createLocalJWKSet(await fetchKeys(guarded));
  await jwtVerify(token, keys, { issuer, audience: 'service1' });
  await assert.rejects(jwtVerify(token, keys, { audience: 'service2' }), errors.JWTClaimValidationFailed);
  const later = new Date(nowMs + 61_000);
  await assert.rejects(jwtVerify(token, keys, { currentDate: later }), errors.JWTExpired);
  const [head, claims = '', signature] = token.split('.');
  const forged = JSON.parse(Buffer.from(claims, 'base64url').toString());
  const changed = Buffer.from(JSON.stringify({ ...forged, sub: 'CN=admin' })).toString('base64url');
  await assert.rejects(jwtVerify(`${head}.${changed}.${signature}`, keys), errors.JWSSignatureVerificationFailed);

  const others = await startGuardedGateway(t, trust, topWith({ key: foreign }));
  const foreignKeys = createLocalJWKSet(await fetchKeys(others));
  await assert.rejects(jwtVerify(token, foreignKeys), errors.JWKSNoMatchingKey);

  nowMs += 5000;
  await guarded.served({ identity: alice });
  const [next = ''] = tokensOf(guarded);
  assert.notEqual(next, token, 'each request has its own');
});

test('what a client sends under this name, in any spelling, never arrives', async (t) => {
  const planted = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJDTj1hZG1pbiJ9.';
  const spellings = [
    'X-Mutual-Identity',
    'x-mutual-identity',
    'X_Mutual_Identity',
    'X.Mutual.Identity',
    'X-MUTUAL_IDENTITY',
  ];
  const headers = [...spellings.map((name) => `${name}: ${planted}`), `X-Mutual-Identity: ${planted}`];
  const configurations = [
    { clients: {}, ...topWith({}) },
    { clients: { verify: 'optional' }, ...topWith({}) },
    { clients: {}, top: { admin: '127.0.0.1:0' } },
  ];
  for (const [at, options] of configurations.entries()) {
    const guarded = await startGuardedGateway(t, trust, options);
    const identities = at === 1 ? [alice, undefined] : [alice];
    for (const identity of identities) {
      for (const more of [[], ['Connection: X-Mutual-Identity, close']]) {
        await guarded.served({ identity, headers: [...headers, ...more] });
        const tokens = tokensOf(guarded);
        assert.equal(tokens.length, at < 2 && identity !== undefined ? 1 : 0);
        assert.ok(!guarded.backend.received.includes(planted), 'the planted token arrived');
      }
    }
  }
});

test('on an upgrade there is ours, and ours alone', async (t) => {
  const guarded = await startGuardedGateway(t, trust, topWith({}));
  const headers = ['Connection: Upgrade, X-Mutual-Identity', 'Upgrade: echo', 'X-Mutual-Identity: planted'];
  await guarded.attempt({ identity: alice, headers });
  const [token = '', ...more] = tokensOf(guarded);
  assert.equal(more.length, 0);
  const { payload } = await jwtVerify(token, createLocalJWKSet(await fetchKeys(guarded)));
  assert.equal(payload.sub, 'CN=alice,O=Company A\\, Inc.');
});

test('over HTTP/2 likewise', async (t) => {
  const guarded = await startGuardedGateway(t, trust, { ...topWith({}), server: { http2: true } });
  const session = http2.connect('https://localhost', {
    createConnection: () =>
      tls.connect({
        ...tlsOptionsOf({ port: 0, ca: ca.certificate, identity: alice }),
        ...{ host: '127.0.0.1', port: guarded.gateway.port(), ALPNProtocols: ['h2'] },
      }),
  });
  t.after(() => session.destroy());
  await exchangeHttp2(session, { ':path': '/', 'x-mutual-identity': 'planted' });
  const [token = '', ...more] = tokensOf(guarded);
  assert.equal(more.length, 0);
  await jwtVerify(token, createLocalJWKSet(await fetchKeys(guarded)), { issuer });
});

test('keys are changed without a token that cannot be verified', async (t) => {
  const guarded = await startGuardedGateway(t, trust, topWith({ key: [first, second] }));
  const kidOf = async (): Promise<string> => {
    await guarded.served({ identity: alice });
    const [token = ''] = tokensOf(guarded);
    const keys = await fetchKeys(guarded);
    await jwtVerify(token, createLocalJWKSet(keys));
    return decodeProtectedHeader(token).kid ?? '';
  };
  const before = await kidOf();
  assert.deepEqual((await fetchKeys(guarded)).keys.length, 2);
  assert.ok(await guarded.reconfigure(topWith({ key: [second, first] })));
  const since = await kidOf();
  assert.notEqual(since, before);
  assert.ok(
    (await fetchKeys(guarded)).keys.some(({ kid }) => kid === before),
    'old tokens still verify',
  );
  assert.ok(await guarded.reconfigure(topWith({ key: second })));
  assert.equal(await kidOf(), since);
  assert.deepEqual(
    (await fetchKeys(guarded)).keys.map(({ kid }) => kid),
    [since],
  );
});

test('nothing private is published', async (t) => {
  const guarded = await startGuardedGateway(t, trust, topWith({}));
  const { keys } = await fetchKeys(guarded);
  assert.deepEqual(
    keys.map((key) => Object.keys(key).toSorted()),
    [['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']],
  );
  const unsigned = await startGuardedGateway(t, trust, { top: { admin: '127.0.0.1:0' } });
  assert.deepEqual(await fetchKeys(unsigned), { keys: [] });
});

test('a key of another kind ends the start, and a reload changes nothing', async (t) => {
  const rsa = join(directory, 'rsa.key');
  runOpenssl(['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', rsa]);
  const empty = join(directory, 'empty.key');
  writeFileSync(empty, '');
  for (const key of [rsa, empty, join(directory, 'missing.key')]) {
    await assert.rejects(startGuardedGateway(t, trust, topWith({ key })), { name: 'MutualError' });
  }
  const guarded = await startGuardedGateway(t, trust, topWith({}));
  assert.equal(await guarded.reconfigure(topWith({ key: rsa })), false);
  const line = await guarded.gateway.lineWhere(({ msg }) => msg.startsWith('reload failed'));
  assert.match(line.msg, /rsa\.key cannot sign identities: it has to be EC P-256/);
  await guarded.served({ identity: alice });
  assert.equal(tokensOf(guarded).length, 1);
});
