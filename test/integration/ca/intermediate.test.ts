// A CA below another, and keys with a passphrase: made with the commands, checked with the openssl program.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AfterHook, runOpenssl, temporaryDirectory } from '../../support/openssl.ts';
import { runCa } from '../../support/run-ca.ts';

async function ok(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr, error } = await runCa(args);
  assert.equal(exitCode, 0, `${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

async function refused(code: string, text: RegExp, ...args: readonly string[]): Promise<void> {
  const { error } = await runCa(args);
  assert.equal(error?.code, code, error?.message ?? 'it worked');
  assert.match(error.message, text);
}

function directories(t: AfterHook): { root: string; sub: string; file: (...names: string[]) => string } {
  const directory = temporaryDirectory(t);
  const file = (...names: string[]): string => join(directory, ...names);
  return { root: file('root'), sub: file('sub'), file };
}

const name = 'CN=Issuing CA,O=Company B';

test('a CA below a root issues what whoever trusts the root can verify', async (t) => {
  const { root, sub, file } = directories(t);
  await ok('init', '--dir', root, '--name', 'Root', '--path-length', '1');
  const told = await ok('intermediate', 'issuing', '--dir', root, '--out', sub, '--subject', name);
  assert.match(told, /made a CA in .*sub, below "CN=Root"/);
  await ok('issue', 'client', '--client', '--dir', sub);
  const chain = readFileSync(file('sub', 'client.crt'), 'utf8');
  assert.equal(chain.split('BEGIN CERTIFICATE').length, 3, 'the leaf and the CA above it, not the root');
  writeFileSync(file('sent.crt'), chain);
  const lists = file('both.crl');
  writeFileSync(lists, readFileSync(file('root', 'ca.crl'), 'utf8') + readFileSync(file('sub', 'ca.crl'), 'utf8'));
  const verified = runOpenssl([
    ...['verify', '-x509_strict', '-purpose', 'sslclient', '-crl_check_all', '-CRLfile', lists],
    ...['-CAfile', file('root', 'ca.crt'), '-untrusted', file('sent.crt'), file('sub', 'client.crt')],
  ]);
  assert.match(verified, /: OK/);
  const text = runOpenssl(['x509', '-in', file('sub', 'ca.crt'), '-noout', '-text']);
  assert.match(text, /Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
  assert.match(text, /Key Usage: critical\s+Certificate Sign, CRL Sign/);
  await ok('verify', 'client', '--dir', sub, '--client');
  await ok('verify', file('sub', 'client.crt'), '--client', '--ca-cert', file('root', 'ca.crt'));
  const before = await ok('list', '--dir', root, '--json');
  assert.ok(before.includes('Issuing CA'), 'it stands in the books of the root');
});

test('what it revokes is revoked, and the root can revoke it', async (t) => {
  const { root, sub, file } = directories(t);
  await ok('init', '--dir', root, '--path-length', '1');
  const { serial } = JSON.parse(await ok('intermediate', 'issuing', '--dir', root, '--out', sub, '--json'));
  await ok('issue', 'client', '--client', '--dir', sub);
  await ok('revoke', 'client', '--dir', sub);
  await refused('not-verified', /revoked/, 'verify', 'client', '--dir', sub);
  await ok('revoke', serial, '--dir', root);
  assert.match(runOpenssl(['crl', '-in', file('root', 'ca.crl'), '-noout', '-text']), new RegExp(serial, 'i'));
});

test('a root that may have no CA below it makes none', async (t) => {
  const { root, sub, file } = directories(t);
  await ok('init', '--dir', root);
  const words = /may not have CAs below it \(pathlen:0\).*--path-length 1/;
  await refused('certificate-invalid', words, 'intermediate', 'issuing', '--dir', root, '--out', sub);
  assert.ok(!existsSync(sub));
  await ok('init', '--dir', file('deep'), '--path-length', '1');
  await ok('intermediate', 'issuing', '--dir', file('deep'), '--out', sub);
  await refused('certificate-invalid', words, 'intermediate', 'lower', '--dir', sub, '--out', file('lower'));
  await refused('store-exists', /exists/, 'intermediate', 'second', '--dir', file('deep'), '--out', sub);
  await refused('csr-refused', /issuing/, 'intermediate', 'issuing', '--dir', file('deep'), '--out', file('other'));
  await refused('usage', /from 0 to 8/, 'init', '--dir', file('more'), '--path-length', '9');
});

test('keys with a passphrase, of a CA in between and of a client', async (t) => {
  const { root, sub, file } = directories(t);
  const [secret, other] = [file('secret'), file('other')];
  writeFileSync(secret, 'correct horse\n');
  writeFileSync(other, 'battery staple\n');
  await ok('init', '--dir', root, '--path-length', '1');
  await ok('intermediate', 'issuing', '--dir', root, '--out', sub, '--new-passphrase-file', other);
  const asked = ['issue', 'client', '--client', '--dir', sub, '--key-passphrase-file', secret];
  await refused('key-invalid', /encrypted: give its passphrase with --passphrase-file/, ...asked);
  await ok(...asked, '--passphrase-file', other);
  for (const suffix of ['key', 'pem']) {
    const path = file('sub', `client.${suffix}`);
    assert.match(readFileSync(path, 'utf8'), /BEGIN ENCRYPTED PRIVATE KEY/);
    runOpenssl(['pkey', '-in', path, '-passin', `file:${secret}`, '-noout']);
    assert.throws(() => runOpenssl(['pkey', '-in', path, '-passin', `file:${other}`, '-noout']));
  }
  const renew = ['renew', 'client', '--dir', sub, '--passphrase-file', other];
  await refused('key-invalid', /client\.key is encrypted: give its passphrase with --key-passphrase-file/, ...renew);
  await refused('key-invalid', /passphrase is wrong/, ...renew, '--key-passphrase-file', other);
  await ok(...renew, '--key-passphrase-file', secret);
  assert.match(readFileSync(file('sub', 'client.key'), 'utf8'), /BEGIN ENCRYPTED PRIVATE KEY/);

  const out = ['export', 'client', '--p12', '--dir', sub, '--password-file', other];
  await refused('key-invalid', /is encrypted: give its passphrase with --key-passphrase-file/, ...out);
  await ok(...out, '--key-passphrase-file', secret);
  const p12 = runOpenssl(['pkcs12', '-in', file('sub', 'client.p12'), '-passin', `file:${other}`, '-nodes']);
  assert.match(p12, /BEGIN PRIVATE KEY/);
});
