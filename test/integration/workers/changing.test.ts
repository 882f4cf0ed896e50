// What is to change in all workers changes in all of them or in none: configuration, trust, the end.

import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { head } from '../../support/http-messages.ts';
import { makeCertificates } from '../../support/mutual-tls.ts';
import { makeCrl } from '../../support/openssl.ts';
import { createRecordingBackend } from '../../support/recording-backend.ts';
import { isAlive, startWorkers } from '../../support/spawn-workers.ts';
import { attemptTls } from '../../support/tls-client.ts';

const certificates = makeCertificates({ after });
const { directory, ca } = certificates;
const greeting = (body: string) => ({ routes: [{ exact: '/greeting', respond: { body } }] });

test('a new configuration holds in all workers at once, for connections that are open', async (t) => {
  const { connectToBoth, write, mutual, line } = await startWorkers(t, certificates, 'reload', greeting('first'));
  const both = [...(await connectToBoth()).values()];
  for (const { ask } of both) assert.equal(await ask('/greeting'), 'first');
  write(greeting('second'));
  mutual.signal('SIGHUP');
  assert.equal((await line(({ msg }) => msg === 'reloaded')).workers, 2);
  for (const { ask } of both) assert.equal(await ask('/greeting'), 'second');
  assert.equal(mutual.stderr.match(/"msg":"reloaded"/g)?.length, 1);
});

test('one that is not valid changes nothing, and is told once', async (t) => {
  const { connectToBoth, file, write, mutual, line } = await startWorkers(
    t,
    certificates,
    'invalid',
    greeting('first'),
  );
  const both = [...(await connectToBoth()).values()];
  writeFileSync(file, 'servers: []\n');
  mutual.signal('SIGHUP');
  const { msg } = await line(({ msg: text }) => text.startsWith('reload failed'));
  assert.match(msg, /in every worker: .*invalid\.yaml:1:1 servers/);
  for (const { ask } of both) assert.equal(await ask('/greeting'), 'first');
  assert.equal(mutual.stderr.match(/reload failed/g)?.length, 1);
  // A successor starts with the configuration in force, whatever the file holds by now.
  process.kill(both[0]?.pid ?? 0, 'SIGKILL');
  const { worker_pid: successor } = await line(({ msg: text }) => text === 'a worker serves in its place');
  const next = await connectToBoth();
  assert.equal(await next.get(Number(successor))?.ask('/greeting'), 'first');
  write(greeting('second'));
  mutual.signal('SIGHUP');
  await line(({ msg: text }) => text === 'reloaded');
  for (const { ask } of next.values()) assert.equal(await ask('/greeting'), 'second');
});

test('where one worker cannot take it, none does, and it says why', async (t) => {
  const forbidden = join(directory, 'forbidden.log');
  const bomb = `if ((await import('node:cluster')).default.worker?.id === 2) {
    const fs = (await import('node:fs')).default;
    const open = fs.openSync;
    fs.openSync = (file, ...rest) => {
      if (file === ${JSON.stringify(forbidden)}) throw Object.assign(new Error('EACCES: of the test'), { code: 'EACCES' });
      return open(file, ...rest);
    };
    (await import('node:module')).syncBuiltinESMExports();
  }`;
  const { connectToBoth, write, mutual, line } = await startWorkers(t, certificates, 'one-refuses', {
    ...greeting('first'),
    nodeOptions: ['--import', `data:text/javascript,${encodeURIComponent(bomb)}`],
  });
  const both = [...(await connectToBoth()).values()];
  write({ ...greeting('second'), log: { access: [{ file: 'forbidden.log' }] } });
  mutual.signal('SIGHUP');
  const failed = await line(({ msg }) => msg.startsWith('reload failed') && msg.includes('in every worker'));
  assert.equal(failed.code, 'file-unwritable');
  assert.match(failed.msg, /worker 2: .*forbidden\.log cannot be opened for the log: EACCES/);
  for (const { ask } of both) assert.equal(await ask('/greeting'), 'first');
  write(greeting('third'));
  mutual.signal('SIGHUP');
  await line(({ msg }) => msg === 'reloaded');
  for (const { ask } of both) assert.equal(await ask('/greeting'), 'third');
});

test('an address that a reload brings is served by both', async (t) => {
  const { mutual, file, write, line, connectToBoth } = await startWorkers(t, certificates, 'address', greeting('x'));
  await connectToBoth();
  write({ ...greeting('x'), more: { admin: { listen: '127.0.0.1:0' } } });
  const added = JSON.parse(readFileSync(file, 'utf8'));
  added.servers.push({ listen: 'unix:added.sock', routes: [{ path: '/', respond: { body: '$pid' } }] });
  added.servers.push({ listen: '[::1]:0', routes: [{ path: '/', respond: { body: '$pid' } }] });
  writeFileSync(file, JSON.stringify(added));
  mutual.signal('SIGHUP');
  await line(({ msg }) => msg === 'reloaded');
  // The admin listener that the same reload brought is the primary's.
  const { url } = await line(({ msg }) => msg.startsWith('admin: '));
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  const pids = new Set<string>();
  for (let n = 0; n < 20; n += 1) {
    const body = await new Promise<string>((resolve, reject) => {
      request({ socketPath: join(directory, 'added.sock'), path: '/', agent: false }, (response) => {
        response.setEncoding('utf8').once('data', resolve);
      })
        .once('error', reject)
        .end();
    });
    pids.add(body);
  }
  assert.equal(pids.size, 2);
});

test('revocation ends connections in all workers, and no session of one is taken up by the other', async (t) => {
  const backend = await createRecordingBackend(t);
  makeCrl(ca, { name: 'list' });
  const { connectToBoth, port, line } = await startWorkers(t, certificates, 'revocation', {
    clients: { crl: ['list.crl'] },
    routes: [{ path: '/forwarded', upstream: backend.url }],
  });
  const identity = { certificate: join(directory, 'client-a.crt'), key: join(directory, 'client-a.key') };
  const { session } = await attemptTls(t, { port, ca: ca.certificate, identity });
  const both = [...(await connectToBoth()).values()];
  for (const { ask } of both) assert.equal(await ask('/forwarded'), 'ok');
  makeCrl(ca, { name: 'next', revoked: [identity.certificate] });
  renameSync(join(directory, 'next.crl'), join(directory, 'list.crl'));
  await Promise.all(both.map(({ client }) => client.closed));
  assert.equal((await line(({ msg }) => msg === 'reloaded')).workers, 2);
  const heads = backend.heads.length;
  for (let n = 0; n < 12; n += 1) {
    const outcome = await attemptTls(t, { port, ca: ca.certificate, identity, session, path: '/forwarded' });
    assert.deepEqual([outcome.status, outcome.resumed], [0, false], outcome.text);
  }
  assert.equal(backend.heads.length, heads);
});

test('all finish what is in flight when told to end, and take nothing new', async (t) => {
  const answers: (() => void)[] = [];
  const backend = await createRecordingBackend(t, {
    respond(_head, socket) {
      answers.push(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone'));
      return undefined;
    },
  });
  const { connectToBoth, mutual, line, connect } = await startWorkers(t, certificates, 'drain', {
    routes: [{ path: '/slow', upstream: backend.url }],
  });
  const both = [...(await connectToBoth()).values()];
  const idle = await connect();
  for (const { client } of both) client.send(head('GET /slow'));
  await backend.untilHeads(2);
  mutual.signal('SIGTERM');
  await line(({ msg }) => msg === 'stopping');
  await idle.client.closed;
  await assert.rejects(connect());
  for (const answer of answers) answer();
  await Promise.all(both.map(({ client }) => client.until('done')));
  const { exitCode } = await mutual.ended;
  assert.equal(exitCode, 0);
  for (const { pid } of both) assert.ok(!isAlive(pid));
});

test('told twice, all end at once', async (t) => {
  const silent = await createRecordingBackend(t, { respond: () => undefined });
  const { connectToBoth, mutual, line } = await startWorkers(t, certificates, 'twice', {
    routes: [{ path: '/slow', upstream: silent.url }],
  });
  const both = [...(await connectToBoth()).values()];
  for (const { client } of both) client.send(head('GET /slow'));
  await silent.untilHeads(2);
  mutual.signal('SIGTERM');
  await line(({ msg }) => msg === 'stopping');
  mutual.signal('SIGTERM');
  assert.equal((await mutual.ended).exitCode, 0);
  await Promise.all(both.map(({ client }) => client.closed));
});
