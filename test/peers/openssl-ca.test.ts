// The openssl program and ours on the same directory, in both directions, and openssl's word on everything we write.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { initCa, openCa } from '../../src/ca/store.ts';
import { makeCa, makeCertificate, makeCrl, runOpenssl, temporaryDirectory } from '../support/openssl.ts';
import { runCa } from '../support/run-ca.ts';

async function newCa(t: TestContext) {
  const dir = join(temporaryDirectory(t), 'ca');
  const store = await initCa({ dir, name: 'Test CA', subject: 'O=Company B' });
  return { dir, store, file: (name: string) => join(dir, name), config: ['-config', join(dir, 'openssl.cnf')] };
}

/** Whether `openssl verify` accepts, which it says with its exit code. */
const opensslVerifies = (...args: string[]): boolean => spawnSync('openssl', ['verify', ...args]).status === 0;
const runShell = (script: string, cwd: string): string =>
  execFileSync('sh', ['-e'], { input: script, cwd, encoding: 'utf8', stdio: 'pipe' });

test('openssl accepts the certificates for their purpose, and for no other', async (t) => {
  const { store, file } = await newCa(t);
  await store.issue({
    name: 'client-a',
    profile: 'client',
    subject: 'O=Company A',
    altNames: ['URI:spiffe://a.example/x'],
  });
  await store.issue({ name: 'server', profile: 'server', altNames: ['localhost', '127.0.0.1'] });
  const strict = ['-x509_strict', '-crl_check', '-CRLfile', file('ca.crl'), '-CAfile', file('ca.crt')];
  assert.ok(opensslVerifies(...strict, '-purpose', 'sslclient', file('client-a.crt')));
  assert.ok(!opensslVerifies(...strict, '-purpose', 'sslserver', file('client-a.crt')));
  assert.ok(opensslVerifies(...strict, '-purpose', 'sslserver', '-verify_hostname', 'localhost', file('server.crt')));
  assert.ok(opensslVerifies(...strict, '-purpose', 'sslserver', '-verify_ip', '127.0.0.1', file('server.crt')));
  assert.ok(!opensslVerifies(...strict, '-purpose', 'sslserver', '-verify_hostname', 'b.example', file('server.crt')));
  assert.ok(!opensslVerifies(...strict, '-purpose', 'sslclient', file('server.crt')));
  await store.revoke({ target: 'client-a' });
  assert.ok(!opensslVerifies(...strict, '-purpose', 'sslclient', file('client-a.crt')));
});

test('openssl reads the revocation list, and trusts its signature', async (t) => {
  const { store, file } = await newCa(t);
  const { certificate } = await store.issue({ name: 'client-a', profile: 'client' });
  await store.revoke({ target: 'client-a', reason: 'affiliationChanged' });
  const run = spawnSync('openssl', ['crl', '-in', file('ca.crl'), '-noout', '-text', '-CAfile', file('ca.crt')], {
    encoding: 'utf8',
  });
  assert.match(run.stderr, /verify OK/);
  assert.match(run.stdout, /Version 2/);
  assert.match(run.stdout, new RegExp(`Serial Number: ${certificate.serialNumber}`));
  assert.match(run.stdout, /CRL Reason Code: \n +Affiliation Changed/);
  assert.match(run.stdout, /CRL Number: \n +2\n/);
});

test('what openssl signs and revokes, we list; what we revoke, it lists', async (t) => {
  const { store, file, config, dir } = await newCa(t);
  const cwd = temporaryDirectory(t);
  await store.issue({ name: 'ours', profile: 'client', subject: 'O=Company Ä' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'theirs.key'];
  runOpenssl(['req', '-new', ...key, '-subj', '/O=Company A/CN=theirs', '-out', 'theirs.csr'], { cwd });
  runOpenssl(['ca', '-batch', ...config, '-in', 'theirs.csr', '-out', 'theirs.crt'], { cwd });
  const theirs = await store.find('theirs');
  assert.equal(theirs.certificate?.subjectDn, 'CN=theirs,O=Company A');
  assert.deepEqual(theirs.certificate?.extendedKeyUsage, ['1.3.6.1.5.5.7.3.2']);
  assert.ok(
    opensslVerifies('-x509_strict', '-purpose', 'sslclient', '-CAfile', file('ca.crt'), join(cwd, 'theirs.crt')),
  );

  runOpenssl(['ca', '-batch', ...config, '-revoke', file('ours.crt'), '-crl_reason', 'superseded'], { cwd });
  await store.revoke({ target: 'theirs', reason: 'keyCompromise' });
  const listed = await (await openCa({ dir })).list();
  assert.deepEqual(
    listed.map(({ subjectDn, status, reason }) => [subjectDn, status, reason]),
    [
      ['CN=ours,O=Company \\C3\\84', 'revoked', 'superseded'],
      ['CN=theirs,O=Company A', 'revoked', 'keyCompromise'],
    ],
  );

  runOpenssl(['ca', ...config, '-gencrl', '-out', file('ca.crl')], { cwd });
  const text = runOpenssl(['crl', '-in', file('ca.crl'), '-noout', '-text']);
  for (const { serial } of listed) assert.match(text, new RegExp(serial));
  assert.match(text, /CRL Number: \n +3\n/);
  assert.equal((await store.writeCrl()).crlNumber, '04');
  runOpenssl(['ca', ...config, '-updatedb'], { cwd });
  await store.issue({ name: 'after', profile: 'client' });
  const status = spawnSync('openssl', ['ca', ...config, '-status', listed[1]?.serial ?? ''], { encoding: 'utf8' });
  assert.match(status.stderr, /=Revoked \(R\)/);
});

test('our verdict is that of openssl verify', async (t) => {
  const directory = temporaryDirectory(t);
  const root = makeCa(directory, 'root');
  const other = makeCa(directory, 'other');
  const namesake = makeCa(join(directory), 'namesake', { subject: '/O=Test/CN=root' });
  const middle = makeCa(directory, 'middle', { ca: root });
  const leaf = (name: string, options = {}) =>
    makeCertificate(directory, { ca: root, name, eku: 'clientAuth', ...options }).certificate;
  const hour = 3_600_000;
  const certificates = {
    good: leaf('good'),
    server: leaf('server', { eku: 'serverAuth' }),
    both: leaf('both', { eku: ['clientAuth', 'serverAuth'] }),
    any: leaf('any', { eku: undefined }),
    anyExtended: leaf('any-extended', { eku: 'anyExtendedKeyUsage' }),
    code: leaf('code', { eku: 'codeSigning' }),
    revoked: leaf('revoked'),
    expired: leaf('expired', { notBefore: new Date(Date.now() - 48 * hour), notAfter: new Date(Date.now() - hour) }),
    early: leaf('early', { notBefore: new Date(Date.now() + 24 * hour), notAfter: new Date(Date.now() + 48 * hour) }),
    stranger: leaf('stranger', { ca: other }),
    namesake: leaf('of-namesake', { ca: namesake }),
    selfSigned: makeCertificate(directory, { name: 'self-signed', eku: 'clientAuth' }).certificate,
    orphan: leaf('orphan', { ca: middle }),
    root: root.certificate,
  };
  const fresh = makeCrl(root, { revoked: [certificates.revoked] });
  for (const [name, certificate] of Object.entries(certificates)) {
    for (const purpose of [[], ['client'], ['server']]) {
      const ours = await runCa([
        'verify',
        certificate,
        '--ca-cert',
        root.certificate,
        '--crl',
        fresh,
        ...purpose.map((word) => `--${word}`),
      ]);
      const args = [
        '-CAfile',
        root.certificate,
        '-crl_check',
        '-CRLfile',
        fresh,
        ...purpose.flatMap((word) => ['-purpose', `ssl${word}`]),
      ];
      const theirs = opensslVerifies(...args, certificate);
      // Without a purpose openssl asks for none; we ask whether it is good for anything.
      const useless = purpose.length === 0 && ['anyExtended', 'code'].includes(name);
      assert.equal(ours.exitCode, theirs && !useless ? 0 : 1, `${name} ${purpose}: ${ours.stdout}`);
    }
  }
  const lapsed = makeCrl(root, {
    name: 'lapsed',
    thisUpdate: new Date(Date.now() - 48 * hour),
    nextUpdate: new Date(Date.now() - hour),
  });
  const late = await runCa(['verify', certificates.good, '--ca-cert', root.certificate, '--crl', lapsed]);
  assert.match(late.error?.message ?? '', /the revocation list lapsed on/);
  const chain = join(directory, 'chain.pem');
  writeFileSync(chain, readFileSync(certificates.orphan, 'utf8') + readFileSync(middle.certificate, 'utf8'));
  assert.equal((await runCa(['verify', chain, '--ca-cert', root.certificate])).exitCode, 0);
});

test('a CA that was made by hand with openssl is taken over as it is', async (t) => {
  const cwd = temporaryDirectory(t);
  runShell(
    `openssl genrsa -out rootca.key 2048
     openssl req -x509 -new -nodes -key rootca.key -sha256 -days 1024 -subj '/O=Company B/CN=By hand' -out rootca.crt
     openssl genrsa -out old.key 2048
     openssl req -new -key old.key -subj '/O=Company A/CN=old' -out old.csr
     openssl x509 -req -in old.csr -CA rootca.crt -CAkey rootca.key -CAcreateserial -out old.crt -days 500 -sha256`,
    cwd,
  );
  const at = (name: string) => join(cwd, name);
  const run = (...args: string[]) =>
    runCa([...args, '--dir', at('books'), '--ca-cert', at('rootca.crt'), '--ca-key', at('rootca.key')]);
  assert.equal((await run('issue', 'new', '--client')).exitCode, 0);
  assert.ok(opensslVerifies('-purpose', 'sslclient', '-CAfile', at('rootca.crt'), at('books/new.crt')));
  assert.equal((await run('revoke', at('old.crt'), '--reason', 'superseded')).exitCode, 0);
  assert.equal((await run('revoke', at('old.crt'))).error?.code, 'already-revoked');
  const check = ['-crl_check', '-CRLfile', at('books/ca.crl'), '-CAfile', at('rootca.crt')];
  assert.ok(!opensslVerifies(...check, at('old.crt')));
  assert.ok(opensslVerifies(...check, at('books/new.crt')));
  // Once taken over, the directory knows where its key is; openssl does as well.
  assert.equal((await runCa(['issue', 'third', '--client', '--dir', at('books')])).exitCode, 0);
  runOpenssl(['ca', '-config', at('books/openssl.cnf'), '-gencrl', '-out', at('books/ca.crl')]);
  const other = makeCa(cwd, 'other');
  const mixed = await runCa(['crl', '--dir', at('books'), '--ca-cert', other.certificate, '--ca-key', other.key]);
  assert.equal(mixed.error?.code, 'store-invalid');
  const stranger = makeCertificate(cwd, { ca: other, name: 'stranger' });
  assert.equal((await run('revoke', stranger.certificate)).error?.code, 'certificate-unknown');
});

test('what cannot be a CA is not taken over', async (t) => {
  const directory = temporaryDirectory(t);
  const ca = makeCa(directory, 'root');
  const leaf = makeCertificate(directory, { ca, name: 'leaf' });
  const other = makeCa(directory, 'other');
  const init = (certificate: string, key: string) =>
    runCa(['init', '--dir', join(directory, 'books'), '--ca-cert', certificate, '--ca-key', key]);
  assert.match((await init(leaf.certificate, leaf.key)).error?.message ?? '', /is not a CA certificate/);
  assert.equal((await init(ca.certificate, other.key)).error?.code, 'key-mismatch');
  assert.equal((await init(join(directory, 'none.crt'), ca.key)).error?.code, 'file-unreadable');
  assert.ok(!existsSync(join(directory, 'books')));
});

test('an intermediate CA passes its certificate on with those it signs', async (t) => {
  const directory = temporaryDirectory(t);
  const root = makeCa(directory, 'root');
  const middle = makeCa(directory, 'middle', { ca: root, pathLength: 0 });
  const chain = join(directory, 'chain.crt');
  writeFileSync(chain, readFileSync(middle.certificate, 'utf8') + readFileSync(root.certificate, 'utf8'));
  const dir = join(directory, 'books');
  await runCa(['init', '--dir', dir, '--ca-cert', chain, '--ca-key', middle.key]);
  assert.equal((await runCa(['issue', 'a', '--client', '--dir', dir])).exitCode, 0);
  assert.ok(opensslVerifies('-CAfile', root.certificate, '-untrusted', join(dir, 'a.crt'), join(dir, 'a.crt')));
  assert.equal((await runCa(['verify', 'a', '--dir', dir, '--client'])).exitCode, 0);
});

test('the printed openssl commands do what ours do', async (t) => {
  const cwd = temporaryDirectory(t);
  const dir = join(cwd, 'ca');
  const passphrase = join(cwd, 'pass phrase');
  writeFileSync(passphrase, 'open sesame\n');
  const secret = ['--passphrase-file', passphrase];
  const scripted = async (...args: string[]) => {
    const { stdout, exitCode, stderr } = await runCa([...args, '--dir', dir, '--print-openssl']);
    assert.equal(exitCode, 0, stderr);
    assert.doesNotMatch(stdout, /open sesame/);
    return runShell(stdout, cwd);
  };
  await scripted('init', '--name', "Company B's CA", '--curve', 'P-384', ...secret);
  const listing = async () => (await openCa({ dir })).list();
  assert.deepEqual(await listing(), []);
  await scripted(
    'issue',
    'client-a',
    '--client',
    '--organization',
    'Cömpany A',
    '--san',
    'URI:spiffe://a.example/x',
    ...secret,
  );
  await scripted(
    'issue',
    'localhost',
    '--server',
    '--san',
    'localhost,127.0.0.1',
    '--curve',
    'rsa:2048',
    '--days',
    '90',
    ...secret,
  );
  const csr = join(cwd, 'b.csr');
  runOpenssl([
    'req',
    '-new',
    '-newkey',
    'ed25519',
    '-nodes',
    '-subj',
    '/CN=client-b',
    '-keyout',
    join(cwd, 'b.key'),
    '-out',
    csr,
  ]);
  await scripted('sign', csr, ...secret);
  await scripted('renew', 'localhost', ...secret);
  await scripted('renew', 'client-a', '--same-key', ...secret);
  await scripted('revoke', 'client-b', '--reason', 'keyCompromise', ...secret);
  await scripted('crl', '--days', '7', ...secret);
  assert.match(await scripted('list'), /^R\t.*,keyCompromise\t.*\/CN=client-b\n[\s\S]*crlNumber=/m);
  assert.match(await scripted('verify', 'client-a', '--client'), /: OK/);
  await scripted('export', 'client-a', '--p12', '--legacy', '--password-file', passphrase);
  runOpenssl(['pkcs12', '-in', join(dir, 'client-a.p12'), '-noout', '-passin', 'pass:open sesame']);
  const now = Date.now();
  assert.deepEqual(
    (await listing()).map(({ name, status, subjectDn, profiles, altNames, notAfter }) => {
      const days = Math.round((notAfter.getTime() - now) / 86_400_000);
      return [name, status, subjectDn, profiles.join(), altNames.map(({ value }) => value).join(), days];
    }),
    [
      [undefined, 'valid', 'CN=client-a,O=C\\C3\\B6mpany A', 'client', 'spiffe://a.example/x', 397],
      [undefined, 'valid', 'CN=localhost', 'server', 'localhost,127.0.0.1', 90],
      ['client-b', 'revoked', 'CN=client-b', 'client', '', 397],
      ['localhost', 'valid', 'CN=localhost', 'server', 'localhost,127.0.0.1', 90],
      ['client-a', 'valid', 'CN=client-a,O=C\\C3\\B6mpany A', 'client', 'spiffe://a.example/x', 397],
    ],
  );
  assert.equal((await runCa(['issue', 'ours', '--client', '--dir', dir, ...secret])).exitCode, 0);
  assert.equal((await runCa(['verify', 'ours', '--client', '--dir', dir])).exitCode, 0);
});

test('a .p12 file is encrypted with what its readers know', async (t) => {
  const { store, file } = await newCa(t);
  await store.issue({ name: 'client-a', profile: 'client' });
  await store.exportPkcs12({ name: 'client-a', password: 'secret', out: file('modern.p12') });
  await store.exportPkcs12({ name: 'client-a', password: 'secret', out: file('legacy.p12'), legacy: true });
  const describe = (name: string) => {
    const args = ['pkcs12', '-in', file(name), '-info', '-noout', '-passin', 'pass:secret'];
    return spawnSync('openssl', args, { encoding: 'utf8' }).stderr;
  };
  assert.match(describe('modern.p12'), /MAC: sha256/);
  assert.match(describe('modern.p12'), /PBES2, PBKDF2, AES-256-CBC/);
  assert.match(describe('legacy.p12'), /MAC: sha1/);
  assert.match(describe('legacy.p12'), /pbeWithSHA1And3-KeyTripleDES-CBC/);
  assert.doesNotMatch(describe('legacy.p12'), /AES|RC2/);
});

const hasNss = spawnSync('pk12util', ['-h']).error === undefined && spawnSync('certutil', ['-H']).error === undefined;

test("Chromium's store opens both kinds of .p12 files", {
  skip: hasNss ? false : 'libnss3-tools is not installed',
}, async (t) => {
  const { store, file } = await newCa(t);
  for (const legacy of [false, true]) {
    const name = legacy ? 'old' : 'new';
    await store.issue({ name, profile: 'client' });
    const p12 = await store.exportPkcs12({ name, password: 'secret', legacy });
    const database = `sql:${file(`nss-${name}`)}`;
    mkdirSync(file(`nss-${name}`));
    execFileSync('certutil', ['-N', '-d', database, '--empty-password']);
    execFileSync('pk12util', ['-i', p12, '-d', database, '-W', 'secret', '-K', ''], { stdio: 'pipe' });
    assert.match(
      execFileSync('certutil', ['-L', '-d', database], { encoding: 'utf8' }),
      new RegExp(`^${name} +u,u,u`, 'm'),
    );
    assert.match(execFileSync('certutil', ['-K', '-d', database], { encoding: 'utf8' }), new RegExp(`ec .*${name}`));
  }
});

const hasJava = spawnSync('keytool', ['-help']).error === undefined;

test('Java opens a .p12 file', { skip: hasJava ? false : 'keytool is not installed' }, async (t) => {
  const { store } = await newCa(t);
  await store.issue({ name: 'client-a', profile: 'client', subject: 'O=Company A' });
  const p12 = await store.exportPkcs12({ name: 'client-a', password: 'secret' });
  const args = ['-list', '-v', '-keystore', p12, '-storetype', 'PKCS12', '-storepass', 'secret'];
  const listed = execFileSync('keytool', args, { encoding: 'utf8', stdio: 'pipe' });
  assert.match(listed, /Alias name: client-a/);
  assert.match(listed, /Entry type: PrivateKeyEntry/);
  assert.match(listed, /Certificate chain length: 2/);
});

test('no openssl program: said in words; and the password is never on its command line', async (t) => {
  const { store, file } = await newCa(t);
  await store.issue({ name: 'client-a', profile: 'client' });
  const request = { name: 'client-a', password: 'top secret' };
  const missing = store.exportPkcs12({ ...request, program: file('none') });
  await assert.rejects(missing, { code: 'tool-missing', message: /not installed/ });
  writeFileSync(file('spy'), `#!/bin/sh\necho "$@" > ${file('seen')}\nenv >> ${file('seen')}\nexec openssl "$@"\n`);
  chmodSync(file('spy'), 0o700);
  await store.exportPkcs12({ ...request, program: file('spy') });
  assert.match(readFileSync(file('seen'), 'utf8'), /-passout fd:3/);
  assert.doesNotMatch(readFileSync(file('seen'), 'utf8'), /top secret/);
  rmSync(file('client-a.pem'));
  writeFileSync(file('client-a.pem'), 'broken');
  await assert.rejects(store.exportPkcs12({ ...request, out: file('x.p12') }), {
    code: 'key-invalid',
    message: /openssl pkcs12/,
  });
  assert.ok(!existsSync(file('x.p12')));
});
