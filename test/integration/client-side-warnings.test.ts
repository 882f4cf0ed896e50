// What the operator of the client side is told at every start and by `mutual check`: certificates that end, checks that
// are turned off, doors that are open, files that cannot be used.

import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { runProgram } from '../../src/cli/program.ts';
import type { MutualError } from '../../src/errors.ts';
import { createTlsBackend, startClientSide } from '../support/client-side.ts';
import { makeCa, makeCertificate, runOpenssl, temporaryDirectory } from '../support/openssl.ts';
import type { AsyncAfterHook } from '../support/test-gateway.ts';

const directory = temporaryDirectory({ after });
const dayMs = 24 * 60 * 60 * 1000;
const ca = makeCa(directory, 'ca', { days: 400 });
const server = makeCertificate(directory, { ca, name: 'server', san: 'DNS:localhost', eku: 'serverAuth', days: 400 });
const client = makeCertificate(directory, { ca, name: 'client-a', eku: 'clientAuth', days: 300 });
const expired = makeCertificate(directory, {
  ca,
  name: 'expired',
  eku: 'clientAuth',
  notBefore: new Date('2024-01-01T00:00:00Z'),
  notAfter: new Date('2025-01-01T00:00:00Z'),
});
const wrongPassword = join(directory, 'wrong-password');
writeFileSync(wrongPassword, 'wrong\n');
const manifest = { version: '0.0.0', engines: { node: '>=24' } };

/** What `mutual check` prints and returns for a configuration. */
async function check(document: object): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const folder = mkdtempSync(join(directory, 'check-'));
  const file = join(folder, 'mutual.yaml');
  writeFileSync(file, JSON.stringify(document));
  const printed = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({ write: (text: string) => (printed[name] += text) });
  const exitCode = await runProgram(
    ['check', '-c', file],
    { stdout: sink('stdout'), stderr: sink('stderr') },
    manifest,
  );
  return { exitCode, ...printed };
}

const routes = [{ path: '/', upstream: 'service1' }];
const withTls = (tls: object, listen = '127.0.0.1:8080'): object => ({
  servers: [{ listen, routes }],
  upstreams: { service1: { servers: 'https://localhost:8443', tls: { ca: ca.certificate, ...tls } } },
});

/** The warnings of a start. */
async function warningsOf(t: AsyncAfterHook, tls: object, now?: () => number): Promise<string[]> {
  const folder = mkdtempSync(join(directory, 'start-'));
  const upstreams = { service1: { servers: 'https://localhost:8443', tls: { ca: ca.certificate, ...tls } } };
  const { gateway } = await startClientSide(t, folder, upstreams, now === undefined ? {} : { now });
  return gateway.lines.filter(({ level }) => level === 40).map(({ msg }) => msg);
}

describe('the end of the client certificate', () => {
  const { certificate, key } = client;
  const end = Date.parse(runOpenssl(['x509', '-in', certificate, '-noout', '-enddate']).replace('notAfter=', ''));

  test('is not spoken of while it is far away', async (t) => {
    assert.deepEqual(await warningsOf(t, { certificate, key }), []);
  });
  test('is told when it is near', async (t) => {
    assert.deepEqual(await warningsOf(t, { certificate, key }, () => end - 5.5 * dayMs), [
      `the client certificate ${certificate} (CN=client-a) expires on ${new Date(end).toISOString()}, in 5 days: renew it`,
    ]);
  });
  test('is told when it has come, at the start and by check', async (t) => {
    const text = `the client certificate ${expired.certificate} (CN=expired) expired on 2025-01-01T00:00:00.000Z: renew it`;
    const shown = { certificate: expired.certificate, key: expired.key };
    assert.deepEqual(await warningsOf(t, shown), [text]);
    assert.deepEqual((await check(withTls(shown))).stderr, `mutual: warning: ${text}\n`);
  });
  test('is told of PKCS#12, too', async (t) => {
    const pkcs12 = join(directory, 'expired.p12');
    const shown = ['-in', expired.certificate, '-inkey', expired.key];
    runOpenssl(['pkcs12', '-export', '-passout', 'pass:wrong', '-out', pkcs12, ...shown]);
    const warnings = await warningsOf(t, { pkcs12, pkcs12PasswordFile: wrongPassword });
    assert.match(warnings.join('\n'), /^the client certificate .*expired\.p12 \(CN=expired\) expired on 2025-01-01/);
  });
});

describe('unsafeSkipVerify', () => {
  const other = makeCertificate(directory, { name: 'anybody' });

  test('lets anybody be the upstream, and says so at the start, at each reload and by check', async (t) => {
    const backend = await createTlsBackend(t, other);
    const upstreams = { service1: { servers: `https://localhost:${backend.port}`, tls: { unsafeSkipVerify: true } } };
    const { gateway, ask } = await startClientSide(t, mkdtempSync(join(directory, 'unsafe-')), upstreams);
    const text = 'unsafeSkipVerify: the upstream service1 is NOT verified; anybody between here and there can be it';
    const count = (): number => gateway.lines.filter(({ msg, level }) => msg === text && level === 40).length;
    assert.equal(count(), 1);
    assert.equal((await ask('service1')).status, 200);
    assert.equal(await gateway.running.reload(), true);
    assert.equal(count(), 2);
    assert.equal((await check(withTls({ unsafeSkipVerify: true }))).stderr, `mutual: warning: ${text}\n`);
  });

  test('without it the same upstream gets nothing', async (t) => {
    const backend = await createTlsBackend(t, other);
    const upstreams = { service1: { servers: `https://localhost:${backend.port}`, tls: { ca: ca.certificate } } };
    const { gateway, ask } = await startClientSide(t, mkdtempSync(join(directory, 'safe-')), upstreams);
    assert.equal((await ask('service1')).status, 502);
    assert.equal(backend.heads.length, 0);
    assert.ok(!gateway.lines.some(({ msg }) => msg.includes('unsafeSkipVerify')));
  });

  test('an upstream that is given nothing to verify by is a fault', async () => {
    const { exitCode, stderr } = await check({
      servers: [{ listen: '127.0.0.1:8080', routes }],
      upstreams: { service1: { servers: 'https://localhost:8443' } },
    });
    assert.equal(exitCode, 2);
    assert.match(stderr, /nothing is given to verify https:\/\/localhost:8443 by/);
  });
});

describe('a plain listener', () => {
  for (const listen of ['127.0.0.1:8080', '[::1]:8080', 'localhost:8080', 'unix:/tmp/mutual.sock']) {
    test(`on ${listen} is nobody else's business`, async () => {
      const { exitCode, stderr } = await check(withTls({}, listen));
      assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: '' });
    });
  }
  for (const listen of ['0.0.0.0:8080', '[::]:8080', '192.0.2.1:8080', 'company-a.example:8080']) {
    test(`on ${listen} is warned of`, async () => {
      const { exitCode, stderr } = await check(withTls({}, listen));
      assert.equal(exitCode, 0);
      assert.match(stderr, /^mutual: warning: \S+:8080 takes plain HTTP from other machines and forwards it: whoever/);
    });
  }
});

describe('what cannot be used is told in one line, and nothing starts', () => {
  const garbage = join(directory, 'garbage.p12');
  writeFileSync(garbage, 'not a PKCS#12 file');
  const encrypted = join(directory, 'encrypted.key');
  runOpenssl(['pkcs8', '-topk8', '-in', client.key, '-out', encrypted, '-passout', 'pass:swordfish']);
  const pkcs12 = join(directory, 'right.p12');
  const exported = ['-in', client.certificate, '-inkey', client.key];
  runOpenssl(['pkcs12', '-export', '-passout', 'pass:swordfish', '-out', pkcs12, ...exported]);
  const old = join(directory, 'old.p12');
  runOpenssl(['pkcs12', '-export', '-legacy', '-passout', 'pass:wrong', '-out', old, ...exported]);
  const { certificate } = client;
  const cases: readonly (readonly [what: string, tls: object, said: RegExp])[] = [
    [
      'an encrypted key without its password',
      { certificate, key: encrypted },
      /encrypted\.key is encrypted: name the file that holds its password \(keyPasswordFile\)/,
    ],
    [
      'an encrypted key with a wrong password',
      { certificate, key: encrypted, keyPasswordFile: wrongPassword },
      /the passphrase is wrong/,
    ],
    [
      'the key of somebody else',
      { certificate, key: server.key },
      /server\.key does not belong to the client certificate \S+client-a\.crt \(CN=client-a\)/,
    ],
    [
      'PKCS#12 with a wrong password',
      { pkcs12, pkcs12PasswordFile: wrongPassword },
      /right\.p12 cannot be opened: the password is wrong \(pkcs12PasswordFile\)/,
    ],
    ['PKCS#12 without a password', { pkcs12 }, /right\.p12 cannot be opened: the password is wrong/],
    [
      'PKCS#12 of old',
      { pkcs12: old, pkcs12PasswordFile: wrongPassword },
      /an algorithm of old \(RC2 or 3DES\): write it again with "openssl pkcs12 -legacy/,
    ],
    ['what is no PKCS#12', { pkcs12: garbage }, /garbage\.p12 cannot be opened/],
    ['a file that is not there', { certificate: join(directory, 'none.crt') }, /none\.crt does not exist/],
    ['a key in place of the certificate', { certificate: client.key }, /client-a\.key holds no certificate/],
  ];
  for (const [what, tls, said] of cases) {
    test(what, async (t) => {
      const { exitCode, stderr } = await check(withTls(tls));
      assert.equal(exitCode, 2);
      assert.match(stderr, said);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
      assert.doesNotMatch(stderr, /BEGIN|swordfish| {4}at /);
      await assert.rejects(warningsOf(t, tls), (error: MutualError) => said.test(error.message));
    });
  }
});
