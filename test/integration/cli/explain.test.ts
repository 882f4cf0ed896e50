// `mutual explain` as a person or a program uses it: what is printed where, and the exit code.

import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { runProgram } from '../../../src/cli/program.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../support/openssl.ts';
import { runMutual } from '../../support/spawn-mutual.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
makeCertificate(directory, { ca, name: 'server', san: 'DNS:b.example', eku: 'serverAuth' });
const clientA = makeCertificate(directory, {
  ca,
  name: 'client-a',
  subject: '/O=Company A/CN=client-a',
  serial: '0A1B',
  days: 300,
});
const clientX = makeCertificate(directory, { ca, name: 'client-x', subject: '/O=Company X/CN=client-x', days: 300 });
const config = join(directory, 'mutual.yaml');
writeFileSync(
  config,
  `servers:
  - listen: 127.0.0.1:8443
    names: b.example
    tls: { certificate: server.crt, key: server.key, clients: { ca: ca.crt } }
    routes:
      - { path: /, upstream: 'http://127.0.0.1:3000', allow: [{ organization: Company A }] }
      - { exact: /health, respond: { body: ok } }
`,
);
const manifest = { version: '0.0.0', engines: { node: '>=24' } };

interface Printed {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function explain(...args: readonly string[]): Promise<Printed> {
  const printed = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({ write: (text: string) => (printed[name] += text) });
  const io = { stdout: sink('stdout'), stderr: sink('stderr') };
  const exitCode = await runProgram(['explain', ...args], io, manifest);
  return { exitCode, ...printed };
}

test('who is admitted is told by which rule, with exit code 0', async () => {
  const { exitCode, stdout, stderr } = await explain(clientA.certificate, '-c', config, '--path', '/orders?id=1');
  assert.equal(exitCode, 0);
  assert.equal(stderr, '');
  const lines = stdout.split('\n');
  assert.equal(lines[0], 'CN=client-a,O=Company A');
  assert.equal(lines[1], '  issued by CN=ca,O=Test');
  assert.match(lines[2] ?? '', /^ {2}serial 0A1B, SHA-256 [0-9a-f]{64}$/);
  assert.equal(lines[3], 'asks for https://b.example/orders?id=1 on 127.0.0.1:8443');
  assert.match(stdout, /\n {2}server {6}ok {6}"b\.example" demands a certificate of every client\n {2}chain {7}ok/);
  assert.match(
    stdout,
    /\n\nAdmitted: the certificate counts, and a rule of route "\/" holds: organization "Company A"\n/,
  );
});

test('who is refused is told why and how to mend it, with exit code 1', async () => {
  const { exitCode, stdout, stderr } = await explain(clientX.certificate, '-c', config);
  assert.equal(exitCode, 1);
  assert.equal(stderr, 'mutual: refused with 403: no rule of route "/" holds for the certificate\n');
  assert.match(
    stdout,
    /\n {2}rule {8}FAILED {2}no rule of route "\/" holds for it\n {22}rule 1: its organization \(O\) is "Company X": "Company A" is wanted\n/,
  );
  assert.match(stdout, /\nTo mend it: add a rule for it under `allow`: \{ dn: "CN=client-x,O=Company X" \}\n$/);
});

test('--path and --host choose what is asked', async () => {
  assert.equal((await explain(clientX.certificate, '-c', config, '--path', '/health')).exitCode, 0);
  const { stdout } = await explain(clientA.certificate, '-c', config, '--host', 'c.example:8443');
  assert.match(stdout, /asks for https:\/\/c\.example:8443\/ on 127\.0\.0\.1:8443/);
  assert.match(stdout, /no server is called "c\.example": it is left to "b\.example"/);
});

describe('--json', () => {
  test('of who is admitted', async () => {
    const { exitCode, stdout } = await explain(clientA.certificate, '-c', config, '--json');
    assert.equal(exitCode, 0);
    const { certificate, steps, ...answer } = JSON.parse(stdout);
    assert.deepEqual(answer, {
      admitted: true,
      text: 'admitted: the certificate counts, and a rule of route "/" holds: organization "Company A"',
      advice: null,
      refusal: null,
      url: 'https://b.example/',
      listener: '127.0.0.1:8443',
      server: 'b.example',
      route: '/',
      rule: 'organization "Company A"',
      identified: true,
      notes: [],
    });
    assert.equal(certificate.subject, 'CN=client-a,O=Company A');
    assert.equal(certificate.serial, '0A1B');
    assert.match(certificate.notAfter, /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.deepEqual(new Set(steps.map(({ outcome }: { outcome: string }) => outcome)), new Set(['ok', 'skipped']));
  });

  test('of who is refused, with the error in words on the other stream alone', async () => {
    const { exitCode, stdout, stderr } = await explain(clientX.certificate, '-c', config, '--json');
    assert.equal(exitCode, 1);
    const { admitted, refusal, steps, rule } = JSON.parse(stdout);
    assert.deepEqual(
      { admitted, refusal, rule },
      { admitted: false, refusal: { code: 'not-allowed', status: 403 }, rule: null },
    );
    assert.equal(steps.at(-1).outcome, 'failed');
    assert.match(stderr, /^mutual: refused with 403: /);
  });
});

describe('a question that cannot be answered is one line, with exit code 2', () => {
  const cases: Readonly<Record<string, readonly [args: readonly string[], said: RegExp]>> = {
    'no such file': [['none.crt', '-c', config], /^mutual: the certificate none\.crt does not exist\n$/],
    'a directory': [[directory, '-c', config], /^mutual: the certificate \S+ is a directory and not a file\n$/],
    'a key': [[clientA.key, '-c', config], /client-a\.key is a private key and not a certificate: give the file that/],
    'a request': [
      [join(directory, 'client-a.csr'), '-c', config],
      /client-a\.csr is a request for a certificate \(CSR\)/,
    ],
    'no configuration': [[clientA.certificate, '-c', 'none.yaml'], /none\.yaml/],
    'a path that is none': [[clientA.certificate, '-c', config, '--path', 'orders'], /no client can ask for that/],
    'no certificate': [[], /missing required argument 'certificate'/],
  };
  for (const [what, [args, said]] of Object.entries(cases)) {
    test(what, async () => {
      const { exitCode, stdout, stderr } = await explain(...args);
      assert.equal(exitCode, 2);
      assert.equal(stdout, '');
      assert.match(stderr, said);
    });
  }

  test('a configuration that names a file which is not there', async () => {
    const broken = join(directory, 'broken.yaml');
    writeFileSync(
      broken,
      `servers: [{ listen: 127.0.0.1:8443, tls: { certificate: server.crt, key: server.key, clients: { ca: gone.crt } },
        routes: [{ path: /, respond: {} }] }]`,
    );
    const { exitCode, stderr } = await explain(clientA.certificate, '-c', broken);
    assert.equal(exitCode, 2);
    assert.match(stderr, /^mutual: the client CA \S+gone\.crt does not exist\n$/);
  });
});

test('as a program, from any directory', async (t) => {
  const elsewhere = temporaryDirectory(t);
  copyFileSync(clientX.certificate, join(elsewhere, 'client.crt'));
  const { exitCode, stdout, stderr } = await runMutual(t, ['explain', 'client.crt', '-c', config], { cwd: elsewhere });
  assert.equal(exitCode, 1);
  assert.match(stdout, /Refused with 403/);
  assert.match(stderr, /^mutual: refused with 403: [^\n]*\n$/);
});

test('the help has an example and says what the exit codes mean', async () => {
  const { exitCode, stdout } = await explain('--help');
  assert.equal(exitCode, 0);
  assert.match(stdout, /Examples:\n {2}mutual explain client-a\.crt/);
  assert.match(stdout, /Exit codes: 0 admitted, 1 refused, 2 the question cannot be answered\./);
});
