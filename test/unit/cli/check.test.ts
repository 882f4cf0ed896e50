import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import { checkCommand, type VerifyCredentials } from '../../../src/cli/check.ts';
import { configCommand } from '../../../src/cli/config.ts';
import { schemaCommand } from '../../../src/cli/schema.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { MutualError } from '../../../src/errors.ts';
import { assertRefused } from '../../support/refusal.ts';

const folder = mkdtempSync(join(tmpdir(), 'mutual-check-'));
after(() => rmSync(folder, { recursive: true }));

const good = join(folder, 'good.yaml');
writeFileSync(
  good,
  `servers:
  - listen: [8443, 127.0.0.1:9443]
    names: a.example
    tls: { certificate: a.pem, clients: { ca: ca.pem } }
    routes: [{ path: /, upstream: 'http://127.0.0.1:1' }, { exact: /x, respond: {} }]
  - listen: 127.0.0.1:8080
    routes: [{ path: /, respond: {} }]
`,
);
const bad = join(folder, 'bad.yaml');
writeFileSync(bad, 'servers: []\nworkers: none\nport: 1\n');

function capture() {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written) => ({
    write(text: string): void {
      written[name] += text;
    },
  });
  return { io: { stdout: sink('stdout'), stderr: sink('stderr') }, written };
}

async function check(
  args: string[],
  verifyCredentials?: VerifyCredentials,
): Promise<{ stdout: string; error?: unknown }> {
  const { io, written } = capture();
  try {
    await checkCommand(io, verifyCredentials).parseAsync(args, { from: 'user' });
    return { stdout: written.stdout };
  } catch (error) {
    return { stdout: written.stdout, error };
  }
}

test('a valid configuration is said to be valid, with a line for each server', async () => {
  assert.deepEqual(await check(['-c', good]), {
    stdout: `mutual: the configuration ${good} is valid
  a.example: [::]:8443 127.0.0.1:9443, TLS, client certificates required, 2 routes
  127.0.0.1:8080: 127.0.0.1:8080, plain HTTP, no client certificates, 1 route
`,
  });
});

test('an invalid one is refused with every fault, and nothing is said to be valid', async () => {
  const { stdout, error } = await check(['-c', bad]);
  assert.equal(stdout, '');
  assert.ok(error instanceof MutualError);
  assert.equal(error.kind.exitCode, 2);
  assert.match(
    error.message,
    /^.*bad\.yaml has 3 faults:\n.*bad\.yaml:1:1 servers: .*\n.*:2:10 workers: .*\n.*:3:1 port: .*$/,
  );
});

test('programs read JSON, on either outcome', async () => {
  const valid = await check(['-c', good, '--json']);
  assert.deepEqual(JSON.parse(valid.stdout), {
    valid: true,
    file: good,
    servers: [
      {
        name: 'a.example',
        listen: ['[::]:8443', '127.0.0.1:9443'],
        tls: true,
        clients: 'required',
        routes: ['/', '= /x'],
      },
      { name: '127.0.0.1:8080', listen: ['127.0.0.1:8080'], tls: false, clients: 'none', routes: ['/'] },
    ],
  });
  const invalid = await check(['-c', bad, '--json']);
  assert.ok(invalid.error instanceof MutualError);
  const told = JSON.parse(invalid.stdout);
  assert.deepEqual([told.valid, told.code, told.faults.length], [false, 'config-invalid', 3]);
  assert.deepEqual(told.faults[2], {
    file: bad,
    line: 3,
    column: 1,
    key: 'port',
    message: told.faults[2].message,
    code: 'config-invalid',
  });
});

test('a file that is not there is one clear line, as JSON too', async () => {
  const { stdout, error } = await check(['-c', join(folder, 'none.yaml'), '--json']);
  assert.ok(error instanceof MutualError);
  assert.equal(error.code, 'file-unreadable');
  assert.equal(JSON.parse(stdout).faults[0].code, 'file-unreadable');
});

test('what the files named are worth is asked when the configuration is valid', async () => {
  const seen: string[] = [];
  const faults = await check(['-c', good], (config) => {
    seen.push(config.source.file);
    return ['a.pem: no such file', 'ca.pem holds no certificate'];
  });
  assert.deepEqual(seen, [good]);
  assert.equal(faults.stdout, '');
  assertRefused(() => {
    throw faults.error;
  }, /^a\.pem: no such file\nca\.pem holds no certificate$/);
  const json = await check(['-c', good, '--json'], () => ['one', 'two']);
  assert.deepEqual(JSON.parse(json.stdout).faults, [
    { file: good, code: 'config-invalid', message: 'one' },
    { file: good, code: 'config-invalid', message: 'two' },
  ]);
  await check(['-c', bad], () => assert.fail('asked of an invalid configuration'));
});

test('mutual config prints what loads again, as YAML and as JSON', async () => {
  const yaml = capture();
  await configCommand(yaml.io).parseAsync(['-c', good], { from: 'user' });
  const effective = join(folder, 'effective.yaml');
  writeFileSync(effective, yaml.written.stdout);
  assert.deepEqual({ ...loadConfig(effective), source: { file: good } }, loadConfig(good));
  const json = capture();
  await configCommand(json.io).parseAsync(['-c', good, '--json'], { from: 'user' });
  assert.deepEqual(JSON.parse(json.written.stdout), parse(yaml.written.stdout));
  await assert.rejects(async () => configCommand(json.io).parseAsync(['-c', bad], { from: 'user' }), MutualError);
});

test('mutual schema prints JSON Schema, or the page of the documentation', async () => {
  const schema = capture();
  await schemaCommand(schema.io).parseAsync([], { from: 'user' });
  const { properties } = JSON.parse(schema.written.stdout);
  assert.ok('servers' in properties && 'http' in properties);
  const docs = capture();
  await schemaCommand(docs.io).parseAsync(['--docs'], { from: 'user' });
  assert.match(docs.written.stdout, /^# Configuration$/m);
});
