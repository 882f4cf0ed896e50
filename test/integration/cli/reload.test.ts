// SIGHUP as an operator sends it: the new configuration holds at once, on open connections too; one that is not valid
// changes nothing and is told with file and line.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { head, untilResponses } from '../../support/http-messages.ts';
import { makeCertificates } from '../../support/mutual-tls.ts';
import { connectRaw } from '../../support/raw-client.ts';
import { startMutual } from '../../support/spawn-mutual.ts';

const { directory, clientA } = makeCertificates({ after });

function configText(body: string, more: object = {}, certificate = 'server.crt'): string {
  const tls = { certificate, key: 'server.key', clients: { ca: 'ca.crt' } };
  const server = { listen: '127.0.0.1:0', tls, routes: [{ path: '/', respond: { body } }] };
  return JSON.stringify({ servers: [server], log: { access: 'off', ...more } });
}

async function start(t: TestContext, name: string) {
  const file = join(directory, `${name}.yaml`);
  writeFileSync(file, configText('first'));
  const mutual = await startMutual(t, file);
  const client = await connectRaw(t, { port: mutual.port() }, clientA);
  let asked = 0;
  /** What an open connection is answered. */
  const ask = async (): Promise<string | undefined> => {
    client.send(head('GET /'));
    asked += 1;
    return (await untilResponses(client, asked)).at(-1)?.body;
  };
  assert.equal(await ask(), 'first');
  const reload = (text: string, told: RegExp): Promise<RegExpExecArray> => {
    writeFileSync(file, text);
    mutual.signal('SIGHUP');
    return mutual.until(told);
  };
  return { mutual, file, ask, reload };
}

test('a new configuration holds for connections that are open', async (t) => {
  const { ask, reload } = await start(t, 'new-routes');
  await reload(configText('second'), /"msg":"reloaded"/);
  assert.equal(await ask(), 'second');
});

test('one that is not valid is told with file and line, and the one before it stays', async (t) => {
  const { mutual, file, ask, reload } = await start(t, 'not-valid');
  await reload(`servers:\n  - listen: 127.0.0.1:0\n    routs: []\n`, /reload failed/);
  const line = mutual.stderr.split('\n').find((text) => text.includes('reload failed')) ?? '';
  const { level, code, msg } = JSON.parse(line);
  assert.deepEqual([level, code], ['error', 'config-invalid']);
  assert.ok(msg.includes(`${file}:3:5 `) && msg.includes('routs'), msg);
  assert.equal(await ask(), 'first');
  await reload(configText('mended'), /"msg":"reloaded"/);
  assert.equal(await ask(), 'mended');
});

test('a certificate that is not there changes nothing either', async (t) => {
  const { mutual, ask, reload } = await start(t, 'no-certificate');
  await reload(configText('second', {}, 'absent.crt'), /reload failed/);
  assert.match(mutual.stderr, /"code":"file-unreadable".*absent\.crt does not exist/);
  assert.equal(await ask(), 'first');
});

test('what takes a new start is told and not ignored', async (t) => {
  const { ask, reload } = await start(t, 'new-log-file');
  await reload(configText('second', { file: 'other.log' }), /"msg":"reloaded"/);
  await reload(configText('second', { file: 'other.log' }), /log\.file has changed.*next start/);
  assert.equal(await ask(), 'second');
});

test('the level of the log follows', async (t) => {
  const { mutual, reload } = await start(t, 'level');
  await reload(configText('second', { level: 'debug' }), /"msg":"reloaded"/);
  await reload(configText('third', { level: 'error' }), /"msg":"reloaded"/);
  await reload('servers: []', /reload failed/);
  assert.equal(mutual.stderr.match(/"msg":"reloaded"/g)?.length, 1);
});
