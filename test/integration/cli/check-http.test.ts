// `mutual check` of a section `http`: what a start would not take is a fault of it, with its place.

import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runProgram } from '../../../src/cli/program.ts';
import { temporaryDirectory } from '../../support/openssl.ts';
import { startTestGateway } from '../../support/test-gateway.ts';

const directory = temporaryDirectory({ after });

const yaml = (value: string, log = 'error.log'): string => `http:
  accessLogs: []
  errorLogs: [{ file: ${log}, level: info }]
  servers:
    - listen: [{ address: '127.0.0.1:0' }]
      locations:
        - prefix: /
          steps: [{ set: $mine, value: a }, { return: 200 }]
          addHeaders:
            - { name: X-One, value: ${value} }
`;

async function check(text: string, ...more: string[]) {
  const file = join(directory, 'check.yaml');
  writeFileSync(file, text);
  const said = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof said) => ({ write: (part: string) => (said[name] += part) });
  const io = { stdout: sink('stdout'), stderr: sink('stderr') };
  const manifest = { version: '0.0.0', engines: { node: '>=24.0.0' } };
  const exitCode = await runProgram(['check', '-c', file, ...more], io, manifest);
  return { file, exitCode, ...said };
}

test('variables of the gateway and of the configuration are known, and no log is left behind', async () => {
  for (const value of ['$uri', `"\${mine}-x"`, '"$mine $HOST"']) {
    const { exitCode, stderr } = await check(yaml(value));
    assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: '' });
  }
  assert.equal(existsSync(join(directory, 'error.log')), false);
});

test('an unknown variable is a fault, told with its place', async () => {
  for (const value of ['$minee', `"\${minee}-x"`, '"$mine $Minee"']) {
    const { exitCode, stderr, stdout, file } = await check(yaml(value));
    assert.deepEqual({ exitCode, stdout }, { exitCode: 2, stdout: '' });
    const place = 'http.servers[0].locations[0].addHeaders[0].value';
    assert.equal(stderr, `mutual: ${file}:10:37 ${place}: unknown "minee" variable\n`);
  }
});

test('as JSON it is a fault with line and column', async () => {
  const { stdout, file } = await check(yaml('$minee'), '--json');
  const [fault] = JSON.parse(stdout).faults;
  assert.deepEqual([fault.file, fault.line, fault.column], [file, 10, 37]);
});

test('a log that cannot be opened is a fault as well', async () => {
  const { exitCode, stderr } = await check(yaml('$uri', 'absent/error.log'));
  assert.equal(exitCode, 2);
  assert.match(stderr, /absent\/error\.log cannot be opened for the log/);
});

test('a reload is refused with the place, and so is a start', async (t) => {
  const gateway = await startTestGateway(t, directory, yaml('$uri'));
  assert.equal(await gateway.reconfigure(yaml('$minee')), false);
  const told = await gateway.lineWhere(({ msg }) => msg.startsWith('reload failed'));
  assert.match(told.msg, /mutual\.yaml:10:37 http\.[^ ]*: unknown "minee" variable$/);
  assert.equal(await gateway.reconfigure(yaml('$host')), true);
  await assert.rejects(startTestGateway(t, directory, yaml('$minee')), /mutual\.yaml:10:37 /);
});
