// Certificates, keys, CAs and revocation lists that change on disk while the gateway runs: what is whole is taken into use
// by itself, in whatever way it was written; what is not is told, and changes nothing.

import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { type ErrorCode, MutualError } from '../../src/errors.ts';
import { parseCertificates } from '../../src/x509/certificate.ts';
import { type GuardedGateway, makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { makeCa, makeCertificate, makeCrl } from '../support/openssl.ts';
import type { LogLine } from '../support/test-gateway.ts';

const trust = makeTrust({ after });
const { directory, ca, client, server } = trust;
const nextServer = makeCertificate(directory, { ca, name: 'next-server', san: 'DNS:localhost', eku: 'serverAuth' });
const otherCa = makeCa(directory, 'other-ca');
const otherClient = makeCertificate(directory, { ca: otherCa, name: 'other-client' });
const revoked = makeCertificate(directory, { ca, name: 'revoked' });
const emptyList = makeCrl(ca, { name: 'empty' });
const revoking = makeCrl(ca, { name: 'revoking', revoked: [revoked.certificate] });

/** The names under which a gateway finds its files, and the files that are there first. */
const first = {
  'server.crt': server.certificate,
  'server.key': server.key,
  'clients.crt': ca.certificate,
  'clients.crl': emptyList,
} as const;
type Name = keyof typeof first;
type Files = Partial<Record<Name, string>>;

/** A folder with files, and ways to change them as people and programs do. */
interface Folder {
  readonly path: string;
  change(files: Files): void;
}

function fill(path: string, files: Files): string {
  mkdirSync(path, { recursive: true });
  for (const [name, file] of Object.entries(files)) copyFileSync(file, join(path, name));
  return path;
}

const ways: Readonly<Record<string, (home: string) => Folder>> = {
  'written in place': (home) => ({ path: fill(home, first), change: (files) => void fill(home, files) }),

  'renamed over': (home) => ({
    path: fill(home, first),
    change(files) {
      for (const [name, file] of Object.entries(files)) {
        copyFileSync(file, join(home, `.${name}.new`));
        renameSync(join(home, `.${name}.new`), join(home, name));
      }
    },
  }),

  'removed and written again': (home) => ({
    path: fill(home, first),
    change(files) {
      for (const [name, file] of Object.entries(files)) {
        rmSync(join(home, name));
        copyFileSync(file, join(home, name));
      }
    },
  }),

  // Each file is a link through `..data`, which is a link to the folder of one version and is swapped whole.
  'swapped as Kubernetes does': (home) => {
    let version = 1;
    fill(join(home, '..version1'), first);
    symlinkSync('..version1', join(home, '..data'));
    for (const name of Object.keys(first)) symlinkSync(join('..data', name), join(home, name));
    return {
      path: home,
      change(files) {
        const old = `..version${version}`;
        version += 1;
        fill(join(home, `..version${version}`), { ...first, ...files });
        symlinkSync(`..version${version}`, join(home, '..data_tmp'));
        renameSync(join(home, '..data_tmp'), join(home, '..data'));
        rmSync(join(home, old), { recursive: true });
      },
    };
  },
};

const newFolder = (): string => mkdtempSync(join(directory, 'watched-'));

function startIn(t: TestContext, { path }: Folder): Promise<GuardedGateway> {
  return startGuardedGateway(t, trust, {
    tls: {
      certificate: join(path, 'server.crt'),
      key: join(path, 'server.key'),
      clients: { ca: join(path, 'clients.crt'), crl: join(path, 'clients.crl') },
    },
  });
}

function written(home = newFolder()): Folder {
  return (ways['written in place'] as (typeof ways)[string])(home);
}

/** Resolves with the first line of the log that comes after this call and for which `wanted` holds. */
function nextLine({ gateway }: GuardedGateway, wanted: (line: LogLine) => boolean): Promise<LogLine> {
  const known = new Set(gateway.lines);
  return gateway.lineWhere((line) => !known.has(line) && wanted(line));
}

const isReloaded = ({ msg }: LogLine): boolean => msg === 'reloaded';
const isError = ({ level }: LogLine): boolean => level === 50;

function fingerprintOf({ certificate }: { readonly certificate: string }): string | undefined {
  return parseCertificates(readFileSync(certificate), certificate)[0]?.sha1;
}

const isRevoked = { code: 'client-certificate-invalid', verifyError: 'certificate revoked' } as const;

for (const [way, makeFolder] of Object.entries(ways)) {
  test(`what is ${way} is taken into use by itself`, async (t) => {
    const folder = makeFolder(newFolder());
    const guarded = await startIn(t, folder);
    const { served, attempt, refused } = guarded;
    const shown = await served({ identity: client });
    assert.equal(shown.serverFingerprint, fingerprintOf(server));
    await served({ identity: revoked });

    const changes: readonly (readonly [Files, () => Promise<unknown>])[] = [
      [{ 'clients.crl': revoking }, () => refused({ identity: revoked }, isRevoked)],
      [
        { 'server.crt': nextServer.certificate, 'server.key': nextServer.key },
        async () => assert.equal((await attempt({})).serverFingerprint, fingerprintOf(nextServer)),
      ],
      [
        { 'clients.crt': otherCa.certificate, 'clients.crl': makeCrl(otherCa) },
        async () => {
          await served({ identity: otherClient });
          await refused({ identity: revoked }, { ...isRevoked, verifyError: 'unable to get certificate CRL' });
        },
      ],
    ];
    for (const [files, check] of changes) {
      const reloaded = nextLine(guarded, isReloaded);
      folder.change(files);
      await reloaded;
      await check();
    }
    assert.deepEqual(guarded.gateway.lines.filter(isError), []);
    assert.deepEqual(guarded.gateway.observer.counters.snapshot().reloads, { succeeded: changes.length, failed: 0 });
  });
}

for (const [name, code] of [
  ['server.crt', 'pem-invalid'],
  ['server.key', 'pem-invalid'],
] as const) {
  test(`a ${name} that is cut anywhere changes nothing and is told`, async (t) => {
    const { path } = written();
    const guarded = await startIn(t, { path, change() {} });
    const { gateway, served } = guarded;
    const whole = readFileSync(join(path, name));
    let cuts = 0;
    for (let length = 64; length < whole.length - 1; length += 64) {
      writeFileSync(join(path, name), whole.subarray(0, length));
      assert.equal(await gateway.running.reload(), false, `cut at ${length}`);
      cuts += 1;
    }
    const told = gateway.lines.filter(isError);
    assert.ok(cuts >= 3);
    assert.equal(told.length, cuts);
    for (const line of told) {
      assert.equal(line.code, code);
      assert.ok(line.msg.includes(`${join(path, name)}:`), 'the line says which file, and where');
      assert.doesNotMatch(line.msg, /[A-Za-z0-9+/]{40}/, 'and nothing of what is in it');
    }
    assert.equal(gateway.observer.counters.snapshot().reloads.failed, cuts);
    assert.equal((await served({ identity: client })).serverFingerprint, fingerprintOf(server));
    const reloaded = nextLine(guarded, isReloaded);
    writeFileSync(join(path, name), whole);
    assert.equal(await gateway.running.reload(), true);
    await reloaded;
    await served({ identity: client });
  });
}

const broken: readonly (readonly [name: Name, what: string, content: string | undefined, code: ErrorCode])[] = [
  ['server.crt', 'empty', '', 'certificate-invalid'],
  ['server.crt', 'whitespace', ' \n\t\n', 'certificate-invalid'],
  ['server.crt', 'a key', readFileSync(server.key, 'latin1'), 'certificate-invalid'],
  ['server.crt', 'gone', undefined, 'file-unreadable'],
  ['server.crt', "another key's", readFileSync(nextServer.certificate, 'latin1'), 'key-mismatch'],
  ['server.key', 'empty', '', 'key-invalid'],
  ['server.key', 'whitespace', ' \n\t\n', 'key-invalid'],
  ['server.key', 'a certificate', readFileSync(server.certificate, 'latin1'), 'key-invalid'],
  ['server.key', 'gone', undefined, 'file-unreadable'],
  ['server.key', "another certificate's", readFileSync(nextServer.key, 'latin1'), 'key-mismatch'],
  ['clients.crt', 'empty', '', 'ca-empty'],
  ['clients.crt', 'whitespace', ' \n\t\n', 'ca-empty'],
  ['clients.crt', 'gone', undefined, 'file-unreadable'],
  ['clients.crl', 'empty', '', 'crl-invalid'],
  ['clients.crl', 'whitespace', ' \n\t\n', 'crl-invalid'],
  ['clients.crl', 'a certificate', readFileSync(ca.certificate, 'latin1'), 'crl-invalid'],
  ['clients.crl', 'gone', undefined, 'file-unreadable'],
];

// Most of their time is waited for a burst of writes to end; so all wait at once.
describe('what cannot be used', { concurrency: true }, () => {
  for (const [name, what, content, code] of broken) {
    test(`a ${name} that is ${what} is refused at the start, and changes nothing later`, async (t) => {
      const folder = written();
      const file = join(folder.path, name);
      const spoil = (): void => (content === undefined ? rmSync(file) : writeFileSync(file, content));
      spoil();
      await assert.rejects(startIn(t, folder), (error) => {
        assert.ok(error instanceof MutualError);
        assert.equal(error.code, code);
        assert.ok(error.message.includes(file), error.message);
        return true;
      });

      folder.change(first);
      const guarded = await startIn(t, folder);
      const failed = nextLine(guarded, isError);
      spoil();
      assert.equal((await failed).code, code, 'told without being asked to reload');
      const outcome = await guarded.served({ identity: client });
      assert.equal(outcome.serverFingerprint, fingerprintOf(server));
      await guarded.refused({}, { code: 'client-certificate-missing' });
    });
  }
});

for (const [firstWritten, thenWritten] of [
  ['server.crt', 'server.key'],
  ['server.key', 'server.crt'],
] as const) {
  test(`a pair of which ${firstWritten} comes first is taken when ${thenWritten} is there`, async (t) => {
    const folder = written();
    const guarded = await startIn(t, folder);
    const next = { 'server.crt': nextServer.certificate, 'server.key': nextServer.key };
    const whole = readFileSync(next[firstWritten]);

    const torn = nextLine(guarded, isError);
    writeFileSync(join(folder.path, firstWritten), whole.subarray(0, whole.length / 2));
    assert.equal((await torn).code, 'pem-invalid');
    const mismatched = nextLine(guarded, isError);
    folder.change({ [firstWritten]: next[firstWritten] });
    const { code, msg } = await mismatched;
    assert.equal(code, 'key-mismatch');
    assert.ok(
      ['server.crt', 'server.key'].every((name) => msg.includes(basename(name))),
      msg,
    );
    assert.equal((await guarded.served({ identity: client })).serverFingerprint, fingerprintOf(server));

    const reloaded = nextLine(guarded, isReloaded);
    folder.change({ [thenWritten]: next[thenWritten] });
    await reloaded;
    assert.equal((await guarded.served({ identity: client })).serverFingerprint, fingerprintOf(nextServer));
    assert.deepEqual(guarded.gateway.observer.counters.snapshot().reloads, { succeeded: 1, failed: 2 });
  });
}

test('files that are as they were after a fault are taken again', async (t) => {
  const folder = written();
  const guarded = await startIn(t, folder);
  const failed = nextLine(guarded, isError);
  writeFileSync(join(folder.path, 'clients.crt'), '');
  await failed;
  const reloaded = nextLine(guarded, isReloaded);
  folder.change({ 'clients.crt': ca.certificate });
  await reloaded;
  await guarded.served({ identity: client });
});
