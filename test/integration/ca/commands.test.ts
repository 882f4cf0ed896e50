import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { caCommand } from '../../../src/cli/ca.ts';
import { makeCertificate, runOpenssl, temporaryDirectory } from '../../support/openssl.ts';
import { runCa } from '../../support/run-ca.ts';

const silent = { stdout: { write: () => true }, stderr: { write: () => true } };
const commands = caCommand(silent).commands.map((command) => command.name());

/** A CA in a fresh directory, and a way to run commands on it. */
async function newCa(t: TestContext) {
  const dir = join(temporaryDirectory(t), 'ca');
  const run = (...args: string[]) => runCa([...args, '--dir', dir]);
  const made = await run('init', '--name', 'Test CA');
  assert.equal(made.exitCode, 0, made.stderr);
  return { dir, run, made, file: (name: string) => join(dir, name) };
}

/** It worked, and said on standard output what it prints as JSON. */
async function json(run: Promise<{ exitCode: number; stdout: string; stderr: string }>) {
  const { exitCode, stdout, stderr } = await run;
  assert.equal(exitCode, 0, stderr);
  return JSON.parse(stdout);
}

test('all commands are there', () => {
  assert.deepEqual(commands, [
    'init',
    'intermediate',
    'issue',
    'sign',
    'verify',
    'revoke',
    'crl',
    'list',
    'renew',
    'export',
  ]);
});

for (const name of commands) {
  test(`"ca ${name}" has help with an example, and the options of every command`, async () => {
    const { exitCode, stdout } = await runCa([name, '--help']);
    assert.equal(exitCode, 0);
    assert.match(stdout, new RegExp(`Examples:\\n  mutual ca ${name}`));
    for (const option of ['--dir', '--json', '--print-openssl', '--ca-cert']) assert.match(stdout, new RegExp(option));
  });
}

test('init says how to trust the CA', async (t) => {
  const { made, dir, file } = await newCa(t);
  const fingerprint = runOpenssl(['x509', '-in', file('ca.crt'), '-noout', '-fingerprint', '-sha256'])
    .trim()
    .split('=')[1];
  assert.ok(made.stdout.includes(fingerprint ?? '?'));
  assert.ok(made.stdout.includes(`ca: ${file('ca.crt')}, crl: [${file('ca.crl')}]`));
  assert.ok(made.stdout.includes(`ssl_client_certificate ${dir}/ca.crt;`));
});

test('init answers in JSON', async (t) => {
  const dir = join(temporaryDirectory(t), 'ca');
  const answer = await json(
    runCa(['init', '--dir', dir, '--json', '--subject', 'CN=Root,O=B', '--curve', 'P-384', '--days', '10']),
  );
  assert.equal(answer.subject, 'CN=Root,O=B');
  assert.equal(answer.files.key, join(dir, 'private/ca.key'));
  assert.match(answer.sha256, /^[0-9a-f]{64}$/);
});

test('issue, list, renew, revoke and crl answer in JSON', async (t) => {
  const { run, file } = await newCa(t);
  const issued = await json(
    run('issue', 'client-a', '--client', '--organization', 'A, Inc.', '--san', 'spiffe://a.example/x', '--json'),
  );
  assert.equal(issued.subject, 'CN=client-a,O=A\\, Inc.');
  assert.deepEqual(issued.altNames, ['URI:spiffe://a.example/x']);
  assert.deepEqual(issued.files, {
    certificate: file('client-a.crt'),
    key: file('client-a.key'),
    bundle: file('client-a.pem'),
  });
  const renewed = await json(run('renew', 'client-a', '--json'));
  assert.equal(renewed.previousSerial, issued.serial);
  const revoked = await json(run('revoke', issued.serial, '--reason', 'superseded', '--json'));
  assert.equal(revoked.reason, 'superseded');
  assert.equal(revoked.crl.revoked, 1);
  assert.equal((await json(run('crl', '--days', '7', '--json'))).number, '03');
  const { crl, certificates } = await json(run('list', '--json'));
  assert.equal(crl.number, '03');
  assert.deepEqual(
    certificates.map((listed: { serial: string; status: string; name?: string }) => [
      listed.serial,
      listed.status,
      listed.name,
    ]),
    [
      [issued.serial, 'revoked', undefined],
      [renewed.serial, 'valid', 'client-a'],
    ],
  );
});

test('list shows what ends soon, and still succeeds', async (t) => {
  const { run } = await newCa(t);
  await run('issue', 'short', '--client', '--days', '20');
  await run('issue', 'long', '--client');
  const all = await run('list');
  assert.match(all.stdout, /^short +client +valid, 20 days left/m);
  assert.match(all.stdout, /^long +client +valid, 397 days left/m);
  for (const period of ['30d', '30', '5w']) {
    const { stdout, exitCode } = await run('list', '--expiring', period);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^short /m);
    assert.doesNotMatch(stdout, /^long /m);
  }
  assert.doesNotMatch((await run('list', '--expiring', '12h')).stdout, /^short /m);
  assert.equal((await run('list', '--expiring', 'soon')).exitCode, 2);
});

test('list warns of a revocation list that is about to lapse', async (t) => {
  const { run, file } = await newCa(t);
  assert.equal((await run('list')).stderr, '');
  const args = ['-config', file('openssl.cnf'), '-gencrl', '-out', file('ca.crl')];
  const hours = (count: number) =>
    new Date(Date.now() + count * 3_600_000).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  runOpenssl(['ca', ...args, '-crl_lastupdate', hours(-100), '-crl_nextupdate', hours(5)]);
  assert.match((await run('list')).stderr, /note: the revocation list lapses on .*"mutual ca crl"/);
  runOpenssl(['ca', ...args, '-crl_lastupdate', hours(-100), '-crl_nextupdate', hours(-1)]);
  assert.match((await run('list')).stderr, /note: the revocation list lapsed/);
});

test('verify says every check in words, and its exit code is the answer', async (t) => {
  const { run, file } = await newCa(t);
  await run('issue', 'client-a', '--client');
  const good = await run('verify', 'client-a', '--client');
  assert.equal(good.exitCode, 0);
  assert.match(good.stdout, /ok +signed by "CN=Test CA"/);
  assert.equal((await run('verify', file('client-a.crt'))).exitCode, 0);
  runOpenssl(['x509', '-in', file('client-a.crt'), '-outform', 'DER', '-out', file('client-a.der')]);
  assert.equal((await run('verify', file('client-a.der'))).exitCode, 0);
  const wrong = await run('verify', 'client-a', '--server');
  assert.equal(wrong.exitCode, 1);
  assert.match(wrong.stdout, /FAILED +it is good for a client only/);
  await run('revoke', 'client-a');
  const revoked = await run('verify', 'client-a', '--json');
  assert.equal(revoked.error?.code, 'not-verified');
  assert.match(revoked.error?.message ?? '', /client-a does not verify: it is revoked/);
  assert.equal(JSON.parse(revoked.stdout).verified, false);
  assert.equal((await run('verify', 'client-a', '--no-crl')).exitCode, 0);
  assert.equal((await run('verify', 'nobody')).error?.code, 'certificate-unknown');
});

test('verify needs no CA directory if it is given the CA', async (t) => {
  const directory = temporaryDirectory(t);
  const { certificate } = makeCertificate(directory, { name: 'stranger' });
  const { file } = await newCa(t);
  const trust = ['--ca-cert', file('ca.crt'), '--dir', join(directory, 'none')];
  assert.equal((await runCa(['verify', file('ca.crt'), ...trust, '--crl', file('ca.crl')])).exitCode, 0);
  const refused = await runCa(['verify', certificate, ...trust]);
  assert.match(refused.error?.message ?? '', /which is not trusted here/);
});

test('sign: what a request asks for is said, and its key stays where it was made', async (t) => {
  const { run, file, dir } = await newCa(t);
  const csr = file('request.csr');
  const args = [
    '-subj',
    '/O=Company A/CN=client a',
    '-addext',
    'subjectAltName=DNS:a.example',
    '-addext',
    'extendedKeyUsage=serverAuth',
  ];
  runOpenssl([
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    ...args,
    '-keyout',
    file('x.key'),
    '-out',
    csr,
  ]);
  const signed = await run('sign', csr, '--json');
  assert.match(signed.stderr, /asks for the names DNS:a\.example; they are not taken over without --copy-san/);
  assert.match(signed.stderr, /asks for a server certificate/);
  const answer = JSON.parse(signed.stdout);
  assert.equal(answer.name, 'client-a');
  assert.equal(answer.profile, 'client');
  assert.deepEqual(answer.altNames, []);
  assert.deepEqual(answer.files, { certificate: file('client-a.crt') });
  assert.ok(!existsSync(file('client-a.key')));
  const again = await run('sign', csr, '--server', '--copy-san', '--name', 'second');
  assert.equal(again.error?.code, 'csr-refused');
  const allowed = await json(
    run('sign', csr, '--server', '--copy-san', '--name', 'second', '--allow-duplicate', '--json'),
  );
  assert.deepEqual(allowed.altNames, ['DNS:a.example']);
  assert.equal(allowed.profile, 'server');
  const piped = await runCa(
    ['sign', '-', '--dir', dir, '--name', 'piped', '--subject', 'CN=other'],
    readFileSync(csr, 'utf8'),
  );
  assert.match(piped.error?.message ?? '', /same key/);
});

test('the certificate of a signed request is renewed with its key, or not at all', async (t) => {
  const { run, file } = await newCa(t);
  runOpenssl([
    'req',
    '-new',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=a',
    '-keyout',
    file('a-own.key'),
    '-out',
    file('a.csr'),
  ]);
  await run('sign', file('a.csr'));
  assert.match((await run('renew', 'a')).error?.message ?? '', /made elsewhere/);
  assert.equal((await run('renew', 'a', '--same-key')).exitCode, 0);
  assert.ok(!existsSync(file('a.key')));
  assert.match((await run('export', 'a', '--p12')).error?.message ?? '', /made elsewhere/);
});

test('export makes up a password, or takes one from a file, and closes the file to others', async (t) => {
  const { run, file, dir } = await newCa(t);
  await run('issue', 'client-a', '--client');
  const { password, p12 } = await json(run('export', 'client-a', '--p12', '--json'));
  assert.equal(p12, file('client-a.p12'));
  assert.equal(statSync(p12).mode & 0o777, 0o600);
  const names = runOpenssl(['pkcs12', '-in', p12, '-nokeys', '-passin', `pass:${password}`]);
  assert.match(names, /CN = client-a/);
  assert.match(names, /CN = Test CA/);
  assert.throws(() => runOpenssl(['pkcs12', '-in', p12, '-nokeys', '-passin', 'pass:wrong']));
  assert.equal((await run('export', 'client-a', '--p12')).error?.code, 'store-exists');
  const given = ['export', 'client-a', '--p12', '--out', file('given.p12'), '--password-file'];
  writeFileSync(file('password.txt'), 'word and wörd\n');
  const quiet = await run(...given, file('password.txt'));
  assert.doesNotMatch(quiet.stdout + quiet.stderr, /word and/);
  runOpenssl(['pkcs12', '-in', file('given.p12'), '-nokeys', '-passin', 'pass:word and wörd']);
  const piped = await runCa(
    ['export', 'client-a', '--p12', '--out', file('piped.p12'), '--password-file', '-', '--dir', dir],
    'piped\n',
  );
  assert.equal(piped.exitCode, 0);
  runOpenssl(['pkcs12', '-in', file('piped.p12'), '-nokeys', '-passin', 'pass:piped']);
  const seen = await run('export', 'client-a', '--p12', '--out', file('seen.p12'), '--password', 'seen');
  assert.match(seen.stderr, /list of processes/);
});

test('issue --p12 makes everything at once', async (t) => {
  const { run, file } = await newCa(t);
  const answer = await json(run('issue', 'phone', '--client', '--p12', '--legacy', '--json'));
  runOpenssl(['pkcs12', '-in', file('phone.p12'), '-noout', '-passin', `pass:${answer.password}`]);
});

test('the passphrase of the CA comes from a file, or through a pipe', async (t) => {
  const directory = temporaryDirectory(t);
  const dir = join(directory, 'ca');
  const file = join(directory, 'passphrase');
  writeFileSync(file, 'open sesame\n');
  assert.equal((await runCa(['init', '--dir', dir, '--passphrase-file', file])).exitCode, 0);
  const unsaid = await runCa(['issue', 'a', '--client', '--dir', dir]);
  assert.equal(unsaid.error?.code, 'key-invalid');
  assert.match(unsaid.error?.message ?? '', /is encrypted: .*--passphrase-file/);
  assert.equal((await runCa(['issue', 'a', '--client', '--dir', dir, '--passphrase-file', file])).exitCode, 0);
  assert.equal((await runCa(['crl', '--dir', dir, '--passphrase-file', '-'], 'open sesame\n')).exitCode, 0);
  assert.equal((await runCa(['crl', '--dir', dir, '--passphrase-file', '-'], 'wrong\n')).error?.code, 'key-invalid');
  assert.equal((await runCa(['crl', '--dir', dir, '--passphrase-file', '-'], '')).error?.code, 'usage');
});

const misuse: Record<string, [args: string[], message: RegExp]> = {
  'neither client nor server': [['issue', 'x'], /--client or --server/],
  'both client and server': [['issue', 'x', '--client', '--server'], /cannot be used with/],
  'a name that leaves the directory': [['issue', '../x', '--client'], /contains a slash/],
  'a bad alternative name': [['issue', 'x', '--client', '--san', 'DNS:a b'], /not a DNS name/],
  'a subject said twice': [['issue', 'x', '--client', '--subject', 'O=a', '--organization', 'a'], /not both/],
  'days that are none': [['crl', '--days', 'many'], /whole number of days/],
  'a key type that is none': [['issue', 'x', '--client', '--curve', 'rsa:512'], /2048 to 8192/],
  'a reason that is none': [['revoke', 'x', '--reason', 'bored'], /unknown reason/],
  'a password for no .p12': [['issue', 'x', '--client', '--password', 'x'], /say --p12/],
  'a new name for an old CA': [['init', '--ca-cert', 'x', '--ca-key', 'y', '--name', 'z'], /keeps its name/],
  'a format that is not said': [['export', 'x'], /--p12/],
  'a CA without its key': [['list', '--ca-cert', 'x.crt'], /belong together/],
  'an option that is none': [['list', '--colour'], /unknown option/],
};

for (const [what, [args, message]] of Object.entries(misuse)) {
  test(`refuses ${what}, in one line, as misuse`, async (t) => {
    const { run } = await newCa(t);
    const { exitCode, error, stderr, stdout } = await run(...args);
    assert.equal(exitCode, 2);
    assert.equal(stdout, '');
    const line = error?.message ?? stderr.trim();
    assert.match(line, message);
    assert.doesNotMatch(line, /\n/);
  });
}

test('a directory without a CA is no misuse, but a failure', async (t) => {
  const dir = join(temporaryDirectory(t), 'none');
  for (const args of [
    ['list'],
    ['issue', 'a', '--client'],
    ['crl'],
    ['revoke', 'a'],
    ['renew', 'a'],
    ['verify', 'a'],
  ]) {
    const { exitCode, error } = await runCa([...args, '--dir', dir]);
    assert.deepEqual([exitCode, error?.code], [1, 'store-missing']);
  }
});
