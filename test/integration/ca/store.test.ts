import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CaStore, initCa, openCa } from '../../../src/ca/store.ts';
import { parseCertificates } from '../../../src/x509/certificate.ts';
import { parseCrl, splitCrls } from '../../../src/x509/crl.ts';
import { keyMatches, parsePrivateKey } from '../../../src/x509/private-key.ts';
import { runOpenssl, temporaryDirectory } from '../../support/openssl.ts';

const dayMs = 86_400_000;
const mode = (path: string): number => statSync(path).mode & 0o777;
const readCertificate = (path: string) => {
  const [certificate] = parseCertificates(readFileSync(path), path);
  assert.ok(certificate);
  return certificate;
};
const readCrl = ({ paths }: CaStore) => parseCrl(splitCrls(readFileSync(paths.crl), paths.crl)[0] ?? Buffer.alloc(0));
const newCa = (t: TestContext, options = {}): Promise<CaStore> => {
  return initCa({ dir: join(temporaryDirectory(t), 'ca'), name: 'Test CA', ...options });
};

test('a new CA is whole, and closed to others', async (t) => {
  const { paths, certificate } = await newCa(t);
  assert.equal(mode(paths.directory), 0o700);
  assert.equal(mode(paths.privateDirectory), 0o700);
  assert.equal(mode(paths.key), 0o400);
  assert.equal(mode(paths.certificate), 0o644 & ~process.umask());
  assert.ok(certificate.isCa);
  assert.equal(certificate.pathLength, 0);
  assert.deepEqual([...certificate.keyUsage].sort(), ['cRLSign', 'keyCertSign']);
  assert.equal(certificate.authorityKeyId, certificate.subjectKeyId);
  assert.equal(certificate.serialNumber.length, 40);
  assert.equal(Math.round((certificate.notAfter.getTime() - Date.now()) / dayMs), 3650);
  for (const path of [paths.index, paths.serial, paths.crlNumber, paths.opensslConfig, paths.crl])
    assert.ok(existsSync(path));
});

test('a CA has a revocation list from the start', async (t) => {
  const crl = readCrl(await newCa(t));
  assert.equal(crl.revokedCount, 0);
  assert.equal(crl.crlNumber, '01');
  assert.equal(Math.round(((crl.nextUpdate?.getTime() ?? 0) - Date.now()) / dayMs), 30);
});

test('two CAs that nobody named have different names', async (t) => {
  const [first, second] = [await newCa(t, { name: undefined }), await newCa(t, { name: undefined })];
  assert.match(first.certificate.subjectDn, /^CN=mutual CA [0-9A-F]{8}$/);
  assert.notEqual(first.certificate.subjectDn, second.certificate.subjectDn);
});

test('a client certificate is for a client alone', async (t) => {
  const store = await newCa(t);
  const { certificate, files } = await store.issue({ name: 'client-a', profile: 'client', subject: 'O=Company A' });
  assert.equal(certificate.subjectDn, 'CN=client-a,O=Company A');
  assert.deepEqual(certificate.keyUsage, ['digitalSignature']);
  assert.deepEqual(certificate.extendedKeyUsage, ['1.3.6.1.5.5.7.3.2']);
  assert.equal(certificate.isCa, false);
  assert.equal(certificate.authorityKeyId, store.certificate.subjectKeyId);
  assert.ok(certificate.subjectKeyId);
  assert.equal(Math.round((certificate.notAfter.getTime() - Date.now()) / dayMs), 397);
  assert.ok(certificate.notBefore.getTime() < Date.now() - 4 * 60_000);
  assert.equal(mode(files.key), 0o600);
  assert.equal(mode(files.bundle), 0o600);
  assert.ok(keyMatches(certificate, parsePrivateKey(readFileSync(files.key), files.key)));
  assert.equal(
    readFileSync(files.bundle, 'utf8'),
    readFileSync(files.certificate, 'utf8') + readFileSync(files.key, 'utf8'),
  );
  assert.ok(existsSync(join(store.paths.newCertificates, `${certificate.serialNumber}.pem`)));
});

test('a server is called by its own name, or says by which', async (t) => {
  const store = await newCa(t);
  const own = await store.issue({ name: 'service1.b.example', profile: 'server', key: 'rsa:2048' });
  assert.deepEqual(own.certificate.altNames.dns, ['service1.b.example']);
  assert.deepEqual(own.certificate.extendedKeyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.deepEqual(own.certificate.keyUsage, ['digitalSignature', 'keyEncipherment']);
  const said = await store.issue({ name: 'gateway', profile: 'server', altNames: ['localhost,127.0.0.1', '::1'] });
  assert.deepEqual(said.certificate.altNames.dns, ['localhost']);
  assert.deepEqual(said.certificate.altNames.ip, ['127.0.0.1', '::1']);
  await assert.rejects(store.issue({ name: 'Anna Müller', profile: 'server' }), { code: 'usage', message: /--san/ });
});

test('certificates name where the revocation list is, if told so', async (t) => {
  const store = await newCa(t);
  const crlUrls = ['http://crl.b.example/ca.crl'];
  const { certificate } = await store.issue({ name: 'client-a', profile: 'client', crlUrls });
  assert.deepEqual(certificate.crlUrls, crlUrls);
  assert.deepEqual((await store.renew({ name: 'client-a' })).certificate.crlUrls, crlUrls);
});

for (const key of ['P-384', 'P-521', 'rsa:2048', 'ed25519']) {
  test(`a CA with a ${key} key signs certificates and lists that verify`, async (t) => {
    const store = await newCa(t, { key });
    const { files } = await store.issue({ name: 'client-a', profile: 'client', key });
    const { certificate, crl } = store.paths;
    const args = ['-crl_check', '-CRLfile', crl, '-x509_strict', '-purpose', 'sslclient', '-CAfile', certificate];
    assert.match(runOpenssl(['verify', ...args, files.certificate]), /: OK/);
  });
}

test('nothing is ever overwritten', async (t) => {
  const store = await newCa(t);
  const dir = store.paths.directory;
  await assert.rejects(initCa({ dir }), { code: 'store-exists' });
  await store.issue({ name: 'client-a', profile: 'client' });
  const before = readFileSync(store.entryPaths('client-a').bundle, 'utf8');
  await assert.rejects(store.issue({ name: 'client-a', profile: 'client', allowDuplicate: true }), {
    code: 'store-exists',
  });
  writeFileSync(join(dir, 'client-b.key'), 'mine');
  await assert.rejects(store.issue({ name: 'client-b', profile: 'client' }), {
    code: 'store-exists',
    message: /client-b\.key exists already/,
  });
  assert.equal(readFileSync(store.entryPaths('client-a').bundle, 'utf8'), before);
  assert.equal(readFileSync(join(dir, 'client-b.key'), 'utf8'), 'mine');
  assert.equal((await store.list()).length, 1);
});

test('a name cannot leave the directory', async (t) => {
  const store = await newCa(t);
  for (const name of ['../evil', '/tmp/evil', 'a/b', '..', '']) {
    await assert.rejects(store.issue({ name, profile: 'client' }), { code: 'usage' });
    await assert.rejects(store.renew({ name }), { code: 'usage' });
    await assert.rejects(store.exportPkcs12({ name, password: 'x' }), { code: 'usage' });
  }
  for (const target of ['../ca', 'a\0b', '']) {
    await assert.rejects(store.revoke({ target }), { code: 'certificate-unknown' });
  }
});

test('a second valid certificate of one subject needs to be wanted', async (t) => {
  const store = await newCa(t);
  await store.issue({ name: 'one', profile: 'client', subject: 'CN=client,O=A' });
  const twin = { name: 'two', profile: 'client', subject: 'CN=Client,O=a' } as const;
  await assert.rejects(store.issue(twin), { code: 'csr-refused', message: /same subject .*--allow-duplicate/ });
  assert.ok(!existsSync(store.entryPaths('two').key));
  await store.issue({ ...twin, allowDuplicate: true });
  await store.revoke({ target: 'one' });
  await store.revoke({ target: 'two' });
  await store.issue({ ...twin, name: 'three' });
});

test('a certificate does not outlive its CA, and says so', async (t) => {
  const notices: string[] = [];
  const store = await newCa(t, { days: 100, onNotice: (notice: string) => notices.push(notice) });
  const { certificate } = await store.issue({ name: 'client-a', profile: 'client' });
  assert.deepEqual(certificate.notAfter, store.certificate.notAfter);
  assert.match(notices.join(), /valid until .* only/);
  assert.deepEqual((await store.writeCrl(200)).nextUpdate, store.certificate.notAfter);
});

test('a CA that has ended signs nothing', async (t) => {
  const store = await newCa(t, { days: 10 });
  const later = await openCa({ dir: store.paths.directory, now: () => new Date(Date.now() + 11 * dayMs) });
  await assert.rejects(later.issue({ name: 'client-a', profile: 'client' }), {
    code: 'certificate-invalid',
    message: /ended on/,
  });
});

test('lifetimes are whole days', async (t) => {
  const store = await newCa(t);
  for (const days of [0, -1, 1.5, Number.NaN, 1e9]) {
    await assert.rejects(store.issue({ name: 'client-a', profile: 'client', days }), { code: 'usage' });
    await assert.rejects(store.writeCrl(days), { code: 'usage' });
  }
});

test('a revoked certificate is in the list, with its reason, once', async (t) => {
  const store = await newCa(t);
  const { certificate } = await store.issue({ name: 'client-a', profile: 'client' });
  const other = await store.issue({ name: 'client-b', profile: 'client' });
  const revoked = await store.revoke({ target: 'client-a', reason: 'keyCompromise' });
  assert.equal(revoked.serial, certificate.serialNumber);
  const crl = readCrl(store);
  assert.equal(crl.crlNumber, '02');
  assert.ok(crl.revokedSerials().has(certificate.serialNumber));
  assert.ok(!crl.revokedSerials().has(other.certificate.serialNumber));
  const [listed, unharmed] = await store.list();
  assert.equal(listed?.status, 'revoked');
  assert.equal(listed?.reason, 'keyCompromise');
  assert.equal(unharmed?.status, 'valid');
  await assert.rejects(store.revoke({ target: 'client-a' }), { code: 'already-revoked', message: /keyCompromise/ });
  await assert.rejects(store.revoke({ target: 'client-c' }), { code: 'certificate-unknown' });
  await assert.rejects(store.revoke({ target: '0123456789' }), { code: 'certificate-unknown' });
});

test('certificates are found by serial number and by common name', async (t) => {
  const store = await newCa(t);
  const one = await store.issue({ name: 'one', profile: 'client', subject: 'CN=Anna,O=A' });
  const two = await store.issue({ name: 'two', profile: 'client', subject: 'CN=Anna,O=B' });
  await assert.rejects(store.revoke({ target: 'Anna' }), {
    code: 'certificate-unknown',
    message: /2 valid certificates/,
  });
  const spelled = (one.certificate.serialNumber.toLowerCase().match(/../g) ?? []).join(':');
  assert.equal((await store.revoke({ target: spelled })).serial, one.certificate.serialNumber);
  assert.equal((await store.revoke({ target: 'Anna' })).serial, two.certificate.serialNumber);
});

test('a renewed certificate is like the old one, which stays', async (t) => {
  const store = await newCa(t);
  const request = {
    name: 'gateway',
    profile: 'server',
    altNames: ['localhost'],
    subject: 'O=B',
    days: 90,
    key: 'P-384',
  } as const;
  const old = await store.issue(request);
  const oldFiles = Object.fromEntries(
    ['crt', 'key', 'pem'].map((suffix) => [suffix, readFileSync(join(store.paths.directory, `gateway.${suffix}`))]),
  );
  const renewed = await store.renew({ name: 'gateway' });
  assert.notEqual(renewed.certificate.serialNumber, old.certificate.serialNumber);
  assert.notEqual(renewed.certificate.spkiSha256, old.certificate.spkiSha256);
  assert.equal(renewed.certificate.subjectDn, old.certificate.subjectDn);
  assert.deepEqual(renewed.certificate.altNames, old.certificate.altNames);
  assert.deepEqual(renewed.certificate.extendedKeyUsage, old.certificate.extendedKeyUsage);
  assert.equal(renewed.certificate.x509.publicKey.asymmetricKeyDetails?.namedCurve, 'secp384r1');
  assert.equal(Math.round((renewed.certificate.notAfter.getTime() - Date.now()) / dayMs), 90);
  const { files } = renewed;
  assert.equal(readCertificate(files.certificate).serialNumber, renewed.certificate.serialNumber);
  assert.ok(keyMatches(renewed.certificate, createPrivateKey(readFileSync(files.key))));
  assert.equal(mode(files.key), 0o600);
  for (const [suffix, content] of Object.entries(oldFiles)) {
    assert.deepEqual(
      readFileSync(join(store.paths.archive, `gateway-${old.certificate.serialNumber}.${suffix}`)),
      content,
    );
  }
  assert.deepEqual(
    (await store.list()).map(({ name, status }) => [name, status]),
    [
      [undefined, 'valid'],
      ['gateway', 'valid'],
    ],
  );
});

test('a key can be kept, but not one that was compromised', async (t) => {
  const store = await newCa(t);
  const old = await store.issue({ name: 'client-a', profile: 'client' });
  const renewed = await store.renew({ name: 'client-a', sameKey: true, days: 10 });
  assert.equal(renewed.certificate.spkiSha256, old.certificate.spkiSha256);
  await store.revoke({ target: 'client-a', reason: 'keyCompromise' });
  await assert.rejects(store.renew({ name: 'client-a', sameKey: true }), {
    code: 'key-invalid',
    message: /compromised/,
  });
  await store.renew({ name: 'client-a' });
  await assert.rejects(store.renew({ name: 'client-b' }), { code: 'certificate-unknown' });
});

test('who revokes a renewed name hears of the old certificate', async (t) => {
  const notices: string[] = [];
  const store = await newCa(t, { onNotice: (notice: string) => notices.push(notice) });
  const old = await store.issue({ name: 'client-a', profile: 'client' });
  await store.renew({ name: 'client-a' });
  await store.revoke({ target: 'client-a' });
  assert.match(notices.join(), new RegExp(`still valid: serial ${old.certificate.serialNumber}`));
});

test('an expired certificate is listed as expired', async (t) => {
  const store = await newCa(t);
  await store.issue({ name: 'client-a', profile: 'client', days: 5 });
  const later = await openCa({ dir: store.paths.directory, now: () => new Date(Date.now() + 6 * dayMs) });
  const [listed] = await later.list();
  assert.equal(listed?.status, 'expired');
  assert.equal(listed?.daysLeft, -1);
});

test('the key of a CA may be encrypted', async (t) => {
  const dir = join(temporaryDirectory(t), 'ca');
  const store = await initCa({ dir, passphrase: 'open sesame' });
  assert.match(readFileSync(store.paths.key, 'utf8'), /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
  await store.issue({ name: 'client-a', profile: 'client' });
  const reading = await openCa({ dir });
  assert.equal((await reading.list()).length, 1);
  await assert.rejects(reading.revoke({ target: 'client-a' }), { code: 'key-invalid' });
  const wrong = await openCa({ dir, passphrase: 'wrong' });
  await assert.rejects(wrong.revoke({ target: 'client-a' }), { code: 'key-invalid' });
  await assert.rejects(wrong.issue({ name: 'client-b', profile: 'client' }), { code: 'key-invalid' });
  assert.equal((await reading.list())[0]?.status, 'valid');
  assert.deepEqual(
    readdirSync(dir).filter((file) => file.startsWith('client-b')),
    [],
  );
});

test('a directory without a CA, and one with half a CA, say so', async (t) => {
  const dir = temporaryDirectory(t);
  await assert.rejects(openCa({ dir }), { code: 'store-missing', message: /mutual ca init/ });
  writeFileSync(join(dir, 'index.txt'), '');
  await assert.rejects(openCa({ dir }), { code: 'store-invalid', message: /half a CA/ });
});

test('a directory that exists keeps what is in it', async (t) => {
  const dir = temporaryDirectory(t);
  writeFileSync(join(dir, 'README.md'), 'mine');
  mkdirSync(join(dir, 'private'), { mode: 0o755 });
  await initCa({ dir });
  assert.equal(readFileSync(join(dir, 'README.md'), 'utf8'), 'mine');
  assert.equal(mode(join(dir, 'private')), 0o700);
});

test('a CA whose certificate and key do not fit signs nothing', async (t) => {
  const [store, other] = [await newCa(t), await newCa(t)];
  rmSync(store.paths.key);
  writeFileSync(store.paths.key, readFileSync(other.paths.key));
  await assert.rejects(store.issue({ name: 'client-a', profile: 'client' }), { code: 'key-mismatch' });
  assert.equal((await store.list()).length, 0);
});

test('a damaged index stops everything before it is made worse', async (t) => {
  const store = await newCa(t);
  writeFileSync(store.paths.index, 'V\tbroken\n');
  await assert.rejects(store.issue({ name: 'client-a', profile: 'client' }), {
    code: 'store-invalid',
    message: /index\.txt:1/,
  });
  assert.equal(readFileSync(store.paths.index, 'utf8'), 'V\tbroken\n');
  assert.ok(!existsSync(store.entryPaths('client-a').key));
});

test('what is done at the same time, by one process or by several, is all in the books', async (t) => {
  const store = await newCa(t);
  const { directory } = store.paths;
  const program = new URL('../../support/run-ca.ts', import.meta.url).pathname;
  const children = ['p1', 'p2', 'p3'].map((name) => {
    return spawn(process.execPath, [program, 'ca', 'issue', name, '--client', '--dir', directory], { stdio: 'ignore' });
  });
  const names = ['a', 'b', 'c', 'd'];
  const ended = Promise.all(children.map((child) => once(child, 'exit')));
  await Promise.all(names.map((name) => store.issue({ name, profile: 'client' })));
  assert.deepEqual(
    (await ended).map(([code]) => code),
    [0, 0, 0],
  );
  const listed = await store.list();
  assert.deepEqual(listed.map(({ name }) => name).sort(), [...names, 'p1', 'p2', 'p3']);
  assert.equal(new Set(listed.map(({ serial }) => serial)).size, 7);
  assert.ok(!existsSync(store.paths.lock));
});

test('the lock of a process that died is taken over', async (t) => {
  const notices: string[] = [];
  const store = await newCa(t, { onNotice: (notice: string) => notices.push(notice) });
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  writeFileSync(store.paths.lock, JSON.stringify({ host: hostname(), pid: child.pid, startedAt: 1 }));
  await store.issue({ name: 'client-a', profile: 'client' });
  assert.match(notices.join(), /took over the lock/);
});

test('a key or a directory that is open to others is said so', async (t) => {
  const notices: string[] = [];
  const store = await newCa(t, { onNotice: (notice: string) => notices.push(notice) });
  assert.deepEqual(notices, []);
  chmodSync(store.paths.key, 0o640);
  chmodSync(store.paths.directory, 0o770);
  await store.writeCrl();
  assert.match(notices.join('\n'), /private key .*chmod 600 .*ca\.key\n.*chmod go-w/);
});
