// Everything that an operator can get wrong before the gateway runs: one clear line each on standard error, the exit code
// of the error, and never a stack. `mutual check` says the same of what can be known without binding an address.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type ListenOptions } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { runProgram } from '../../../src/cli/program.ts';
import { makeCa, makeCertificate, runOpenssl, temporaryDirectory } from '../../support/openssl.ts';
import { runMutual, type SpawnOptions } from '../../support/spawn-mutual.ts';

const directory = temporaryDirectory({ after });
const path = (name: string): string => join(directory, name);

before(() => {
  const ca = makeCa(directory);
  makeCertificate(directory, { ca, name: 'server', san: 'DNS:localhost' });
  makeCertificate(directory, { ca, name: 'other' });
  runOpenssl(['pkcs8', '-topk8', '-in', path('server.key'), '-out', path('locked.key'), '-passout', 'pass:right']);
  writeFileSync(path('wrong.password'), 'wrong\n');
  writeFileSync(path('right.password'), 'right\n');
  writeFileSync(path('empty.crt'), '');
  writeFileSync(path('blank.crt'), '\n \n');
  const pem = readFileSync(path('ca.crt'), 'utf8');
  writeFileSync(path('garbage.crt'), pem.replace(/\n(.{20})/, '\n!!!!$1'));
  writeFileSync(path('cut.crt'), pem.slice(0, pem.length / 2));
  writeFileSync(path('text.crt'), 'this is no certificate\n');
  const weak = ['-newkey', 'rsa:1024', '-nodes', '-keyout', path('weak.key'), '-out', path('weak.crt')];
  runOpenssl(['req', '-x509', ...weak, '-subj', '/CN=weak', '-days', '3']);
  mkdirSync(path('folder'));
});

/** A configuration with TLS, of which one thing may be wrong. */
function serverWith(tls: object, listen: unknown = '127.0.0.1:0'): string {
  const defaults = { certificate: 'server.crt', key: 'server.key', clients: { ca: 'ca.crt' } };
  return JSON.stringify({
    servers: [{ listen, tls: { ...defaults, ...tls }, routes: [{ path: '/', respond: {} }] }],
    log: { level: 'silent' },
  });
}

function plainOn(listen: unknown): string {
  return JSON.stringify({ servers: [{ listen, routes: [{ path: '/', respond: {} }] }], log: { level: 'silent' } });
}

let files = 0;
function write(text: string): string {
  files += 1;
  const file = path(`case-${files}.yaml`);
  writeFileSync(file, text);
  return file;
}

/** Runs a command that must fail, and returns the lines that it says. */
async function failing(t: TestContext, args: readonly string[], exitCode: 1 | 2, options?: SpawnOptions) {
  const ended = await runMutual(t, args, options);
  assert.deepEqual({ exitCode: ended.exitCode, stdout: ended.stdout }, { exitCode, stdout: '' }, ended.stderr);
  assert.doesNotMatch(ended.stderr, /\n\s+at |file:\/\/|Error:/, 'a stack is of no use to an operator');
  assert.match(ended.stderr, /^mutual: [^\n]+\n/);
  return ended.stderr;
}

/** The same command line, without a process of its own: `check` asks nothing of one. */
async function failingCheck(config: string): Promise<string> {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written) => ({ write: (text: string) => (written[name] += text) });
  const io = { stdout: sink('stdout'), stderr: sink('stderr') };
  const exitCode = await runProgram(['check', '-c', config], io, { version: '0.0.0', engines: { node: '>=24.0.0' } });
  assert.deepEqual({ exitCode, stdout: written.stdout }, { exitCode: 2, stdout: '' });
  return written.stderr;
}

type Fault = readonly [what: string, text: () => string, ...told: RegExp[]];

/** The kinds of fault that an operator meets, one of each. */
const faults: readonly Fault[] = [
  ['YAML that is none', () => 'servers:\n\t- listen: 1\n', /:2:1 /],
  ['several faults at once', () => 'servers: []\nport: 1\n', /:1:1 servers/, /:2:1 port/],
  [
    'a missing certificate',
    () => serverWith({ certificate: 'absent.crt' }),
    /the certificate \S+absent\.crt does not exist\n$/,
  ],
  [
    'a directory in place of a file',
    () => serverWith({ certificate: 'folder' }),
    /folder is a directory and not a file/,
  ],
  [
    'a key of another certificate',
    () => serverWith({ key: 'other.key' }),
    /other\.key does not belong to the certificate/,
  ],
  [
    'an encrypted key without a password',
    () => serverWith({ key: 'locked.key' }),
    /locked\.key is encrypted.*keyPasswordFile/,
  ],
  [
    'an encrypted key with a wrong password',
    () => serverWith({ key: 'locked.key', keyPasswordFile: 'wrong.password' }),
    /locked\.key.*cannot be decrypted/,
  ],
  [
    'a CA file without a byte',
    () => serverWith({ clients: { ca: 'empty.crt' } }),
    /the client CA \S+empty\.crt holds no certificate/,
  ],
  ['a CA file with garbage in it', () => serverWith({ clients: { ca: 'garbage.crt' } }), /garbage\.crt:1: /],
  [
    'a key too weak for TLS',
    () => serverWith({ certificate: 'weak.crt', key: 'weak.key' }),
    /the TLS library refuses .*: ee key too small\n$/,
  ],
];

/** More of the same kinds: a process for each would tell nothing new. */
const variants: readonly Fault[] = [
  ['an empty file', () => '', /is empty/],
  [
    'an unknown key',
    () => plainOn('127.0.0.1:0').replace('"routes"', '"rutes"'),
    /:1:\d+ .*rutes.*did you mean.*routes/i,
  ],
  ['a missing key', () => serverWith({ key: 'absent.key' }), /the private key \S+absent\.key does not exist/],
  ['a directory as CA', () => serverWith({ clients: { ca: 'folder' } }), /the client CA \S+folder is a directory/],
  ['a file in what is no directory', () => serverWith({ key: 'server.crt/x' }), /server\.crt\/x does not exist/],
  [
    'a missing password file',
    () => serverWith({ keyPasswordFile: 'absent' }),
    /the password file \S+absent does not exist/,
  ],
  ['a CA file of white space', () => serverWith({ clients: { ca: 'blank.crt' } }), /blank\.crt holds no certificate/],
  ['a CA file of words', () => serverWith({ clients: { ca: 'text.crt' } }), /text\.crt holds no certificate/],
  ['a CA file that was cut', () => serverWith({ clients: { ca: 'cut.crt' } }), /cut\.crt:1: /],
  [
    'a key where a certificate belongs',
    () => serverWith({ certificate: 'server.key' }),
    /server\.key holds no certificate/,
  ],
  ['a certificate where a key belongs', () => serverWith({ key: 'server.crt' }), /server\.crt: no private key/],
  ['a CRL that is none', () => serverWith({ clients: { ca: 'ca.crt', crl: 'text.crt' } }), /text\.crt/],
];

describe('what run and check refuse alike, with exit code 2', { concurrency: 2 }, () => {
  const both = async (t: TestContext, config: string, told: readonly RegExp[]): Promise<void> => {
    const run = await failing(t, ['run', '-c', config], 2);
    assert.equal(run, await failingCheck(config));
    for (const pattern of told) assert.match(run, pattern);
  };
  test('no configuration', (t) => both(t, path('absent.yaml'), [/absent\.yaml does not exist\n$/]));
  test('a directory as configuration', (t) => both(t, directory, [/is a directory and not a file\n$/]));
  for (const [what, text, ...told] of faults) test(what, (t) => both(t, write(text()), told));
});

describe('a log that cannot be written', () => {
  for (const [what, file] of [
    ['in a directory that is not there', 'absent/access.log'],
    ['in place of a directory', 'folder'],
  ] as const) {
    for (const log of [{ file }, { access: [{ file }] }]) {
      test(`${Object.keys(log)[0]}, ${what}`, async (t) => {
        const config = write(JSON.stringify({ ...JSON.parse(plainOn('127.0.0.1:0')), log }));
        const told = new RegExp(`^mutual: ${path(file)} cannot be opened for the log.*\n$`);
        assert.match(await failing(t, ['run', '-c', config], 2), told);
        assert.match(await failingCheck(config), told);
      });
    }
  }
});

describe('what check refuses', () => {
  for (const [what, text, ...told] of variants) {
    test(what, async () => {
      const said = await failingCheck(write(text()));
      for (const pattern of told) assert.match(said, pattern);
    });
  }
  test('a configuration that is no text', async () => {
    writeFileSync(path('binary.yaml'), Buffer.from([0xff, 0xfe, 0, 1]));
    assert.match(await failingCheck(path('binary.yaml')), /is not UTF-8 text/);
  });
});

test('its twin: with the right password and files it is valid', async (t) => {
  const config = write(serverWith({ key: 'locked.key', keyPasswordFile: 'right.password' }));
  const { exitCode, stdout } = await runMutual(t, ['check', '-c', config]);
  assert.equal(exitCode, 0);
  assert.match(stdout, /is valid\n/);
});

/** Something else that listens. */
async function occupy(t: TestContext, options: ListenOptions): Promise<AddressInfo> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options, resolve));
  t.after(() => server.close());
  return server.address() as AddressInfo;
}

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

describe('addresses that cannot be listened on, with exit code 1', { concurrency: 2 }, () => {
  test('an IPv4 port in use', async (t) => {
    const { port } = await occupy(t, { host: '127.0.0.1', port: 0 });
    const told = await failing(t, ['run', '-c', write(plainOn(`127.0.0.1:${port}`))], 1);
    assert.equal(told, `mutual: cannot listen on 127.0.0.1:${port}: the address is already in use\n`);
  });
  test('an IPv6 port in use', { skip: hasIpv6 ? false : 'this machine has no IPv6' }, async (t) => {
    const { port } = await occupy(t, { host: '::1', port: 0 });
    const told = await failing(t, ['run', '-c', write(plainOn(`[::1]:${port}`))], 1);
    assert.equal(told, `mutual: cannot listen on [::1]:${port}: the address is already in use\n`);
  });
  test('a port in use, of the demonstration', async (t) => {
    const { port } = await occupy(t, { host: '127.0.0.1', port: 0 });
    const told = await failing(t, ['demo', 'service1', '--listen', `127.0.0.1:${port}`], 1);
    assert.match(told, /^mutual: Service1 cannot listen: .*EADDRINUSE/);
  });
  test('one of two addresses in use: the other one is not kept open', async (t) => {
    const { port } = await occupy(t, { host: '127.0.0.1', port: 0 });
    const told = await failing(t, ['run', '-c', write(plainOn(['127.0.0.1:0', `127.0.0.1:${port}`]))], 1);
    assert.match(told, /already in use/);
  });
  test('a unix socket that somebody answers on', async (t) => {
    await occupy(t, { path: path('alive.sock') });
    const told = await failing(t, ['run', '-c', write(plainOn(`unix:${path('alive.sock')}`))], 1);
    assert.equal(told, `mutual: cannot listen on unix:${path('alive.sock')}: the address is already in use\n`);
  });
  test('a file in the place of a unix socket', async (t) => {
    writeFileSync(path('file.sock'), 'precious');
    const told = await failing(t, ['run', '-c', write(plainOn(`unix:${path('file.sock')}`))], 1);
    assert.match(told, /file\.sock: a file that is no socket is in its place\n$/);
    assert.equal(readFileSync(path('file.sock'), 'utf8'), 'precious');
  });
  test('a unix socket in a directory that is not there', async (t) => {
    const told = await failing(t, ['run', '-c', write(plainOn(`unix:${path('absent/a.sock')}`))], 1);
    assert.match(told, /absent\/a\.sock: its directory does not exist or may not be entered\n$/);
  });
  test('an address of another machine', async (t) => {
    const told = await failing(t, ['run', '-c', write(plainOn('192.0.2.1:0'))], 1);
    assert.equal(told, 'mutual: cannot listen on 192.0.2.1:0: this machine has no such address\n');
  });
  test('a name that no machine has', async (t) => {
    const told = await failing(t, ['run', '-c', write(plainOn('host.invalid:0'))], 1);
    assert.equal(told, 'mutual: cannot listen on host.invalid:0: the name cannot be resolved\n');
  });
});

const isRoot = process.getuid?.() === 0;
const firstFreePort = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
const nobody = 65534;

describe('what an unprivileged user may not do', { skip: isRoot ? false : 'only root can become another user' }, () => {
  /** A directory that everybody may read, with what a server needs. */
  function openDirectory(t: TestContext): string {
    const open = mkdtempSync(join(tmpdir(), 'mutual-'));
    t.after(() => rmSync(open, { recursive: true }));
    chmodSync(open, 0o755);
    for (const name of ['server.crt', 'server.key', 'ca.crt']) {
      copyFileSync(path(name), join(open, name));
      chmodSync(join(open, name), 0o644);
    }
    return open;
  }
  const skip = firstFreePort <= 80 ? 'every user may listen on every port here' : false;
  test('listen on a privileged port', { skip }, async (t) => {
    const config = join(openDirectory(t), 'mutual.yaml');
    writeFileSync(config, plainOn('127.0.0.1:80'));
    const told = await failing(t, ['run', '-c', config], 1, { uid: nobody });
    assert.match(
      told,
      /^mutual: cannot listen on 127\.0\.0\.1:80: permission denied: ports below 1024 usually need a privilege\n$/,
    );
  });
  test('read a key of root', async (t) => {
    const open = openDirectory(t);
    const config = join(open, 'mutual.yaml');
    writeFileSync(config, serverWith({}));
    chmodSync(join(open, 'server.key'), 0o600);
    const told = await failing(t, ['run', '-c', config], 2, { uid: nobody });
    assert.match(told, /the private key \S+server\.key may not be read by this user\n$/);
  });
  test('take the place of a unix socket that it may not connect to', async (t) => {
    const open = openDirectory(t);
    chmodSync(open, 0o777);
    const socket = join(open, 'a.sock');
    await occupy(t, { path: socket });
    chmodSync(socket, 0o600);
    const config = join(open, 'mutual.yaml');
    writeFileSync(config, plainOn(`unix:${socket}`));
    const told = await failing(t, ['run', '-c', config], 1, { uid: nobody });
    assert.match(told, /a\.sock: the address is already in use\n$/);
    // It is still there, and root may use it.
    const client = connect(socket);
    await once(client, 'connect');
    client.destroy();
  });
});
