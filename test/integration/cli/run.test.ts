// `mutual run` as a process: it says when it is ready, finishes what is in flight when it is told to stop, and says how
// it ended.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { head, lastHead, untilResponses } from '../../support/http-messages.ts';
import { type Certificates, makeCertificates } from '../../support/mutual-tls.ts';
import { connectRaw } from '../../support/raw-client.ts';
import { createRecordingBackend } from '../../support/recording-backend.ts';
import { startMutual } from '../../support/spawn-mutual.ts';

const certificates: Certificates = makeCertificates({ after });
const { directory, clientA } = certificates;

interface Options {
  readonly upstream?: string;
  readonly limits?: object;
}

/** One TLS server for client-a and one plain one, both on free ports. */
function writeConfig(name: string, { upstream, limits = {} }: Options = {}): string {
  const file = join(directory, `${name}.yaml`);
  const action = upstream === undefined ? { respond: { body: 'ok' } } : { upstream };
  const tls = { certificate: 'server.crt', key: 'server.key', clients: { ca: 'ca.crt' } };
  const servers = [
    {
      listen: '127.0.0.1:0',
      tls,
      routes: [
        { path: '/', ...action },
        { exact: '/here', respond: { body: 'here' } },
      ],
    },
    { listen: 'localhost:0', routes: [{ path: '/', respond: { body: 'plain' } }] },
  ];
  writeFileSync(file, JSON.stringify({ servers, limits, log: { access: 'off' } }));
  return file;
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
  test(`it says where it listens, serves, and ends with 0 on ${signal}`, async (t) => {
    const mutual = await startMutual(t, writeConfig(`end-${signal}`));
    const [secure, plain] = mutual.urls;
    assert.match(secure ?? '', /^https:\/\/127\.0\.0\.1:\d+$/);
    assert.match(plain ?? '', /^http:\/\/(127\.0\.0\.1|\[::1\]):\d+$/);
    assert.equal(await (await fetch(plain as string)).text(), 'plain');
    const client = await connectRaw(t, { port: mutual.port() }, clientA);
    client.send(head('GET /'));
    assert.equal((await untilResponses(client, 1))[0]?.body, 'ok');
    mutual.signal(signal);
    const { exitCode, stdout, stderr } = await mutual.ended;
    assert.deepEqual({ exitCode, stdout }, { exitCode: 0, stdout: '' });
    assert.match(stderr, /"msg":"stopped"}\n$/);
  });
}

/** A gateway before a backend that answers when the test says so, with one request there already. */
async function withRequestInFlight(t: Parameters<typeof startMutual>[0], name: string, limits: object = {}) {
  const backend = await createRecordingBackend(t, { respond: () => undefined });
  const mutual = await startMutual(t, writeConfig(name, { upstream: backend.url, limits }));
  const busy = await connectRaw(t, { port: mutual.port() }, clientA);
  busy.send(head('GET /slow'));
  await backend.untilHeads(1);
  const answer = (): void => {
    backend.connections[0]?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone');
  };
  return { mutual, busy, answer };
}

test('told to stop, it finishes what is in flight, closes what is idle, and accepts nothing new', async (t) => {
  const { mutual, busy, answer } = await withRequestInFlight(t, 'drain');
  const idle = await connectRaw(t, { port: mutual.port() }, clientA);
  idle.send(head('GET /here'));
  const [answered] = await untilResponses(idle, 1);
  assert.equal(answered?.body, 'here');
  mutual.signal('SIGTERM');
  await idle.closed;
  assert.equal(idle.reset, false);
  await assert.rejects(connectRaw(t, { port: mutual.port() }, clientA), /ECONNREFUSED/);
  answer();
  assert.match(await busy.closed, /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\ndone$/s);
  assert.equal((await mutual.ended).exitCode, 0);
});

test('a second signal ends it at once', async (t) => {
  const { mutual, busy } = await withRequestInFlight(t, 'twice');
  mutual.signal('SIGTERM');
  await mutual.until(/"msg":"draining/);
  mutual.signal('SIGTERM');
  const { exitCode, stderr } = await mutual.ended;
  assert.equal(exitCode, 0);
  assert.match(stderr, /"signal":"SIGTERM","msg":"stopping at once"/);
  assert.equal(await busy.closed, '');
});

test('drainTimeout cuts what takes too long', async (t) => {
  const { mutual, busy } = await withRequestInFlight(t, 'cut', { drainTimeout: '200ms' });
  mutual.signal('SIGTERM');
  assert.equal(await busy.closed, '');
  const { exitCode, stderr } = await mutual.ended;
  assert.equal(exitCode, 0);
  assert.match(stderr, /"connections":1,"msg":"drain timeout/);
});

test('a client that never closes its side does not keep it from ending', async (t) => {
  const mutual = await startMutual(t, writeConfig('stubborn'));
  const { hostname } = new URL(mutual.urls[1] as string);
  const socket = net.connect({
    port: mutual.port(1),
    host: hostname.replaceAll(/[[\]]/g, ''),
    allowHalfOpen: true,
  });
  t.after(() => socket.destroy());
  socket.on('error', () => {}).write(head('GET /'));
  await new Promise((resolve) => socket.once('data', resolve));
  mutual.signal('SIGTERM');
  assert.equal((await mutual.ended).exitCode, 0);
});

test('connections that have not begun to speak are not waited for', async (t) => {
  const mutual = await startMutual(t, writeConfig('silent', { limits: { handshakeTimeout: '60s' } }));
  const silent = net.connect({ port: mutual.port(), host: '127.0.0.1' });
  t.after(() => silent.destroy());
  silent.on('error', () => {});
  const client = await connectRaw(t, { port: mutual.port() }, clientA);
  client.send(lastHead('GET /'));
  await client.closed;
  mutual.signal('SIGTERM');
  assert.equal((await mutual.ended).exitCode, 0);
});

test('a handshake that has stopped half way is given up by a second signal', async (t) => {
  const mutual = await startMutual(t, writeConfig('half-way', { limits: { handshakeTimeout: '60s' } }));
  const hello = await clientHello();
  const half = await connectRaw(t, { port: mutual.port() });
  half.send(hello);
  // The server's part of the handshake has begun to come.
  await half.until('\x16\x03\x03');
  mutual.signal('SIGTERM');
  await mutual.until(/"msg":"draining/);
  mutual.signal('SIGTERM');
  assert.equal((await mutual.ended).exitCode, 0);
});

/** The first bytes of a TLS client. */
async function clientHello(): Promise<Buffer> {
  const [near, far] = duplexPair();
  const client = tls.connect({ socket: near, ...clientA }).on('error', () => {});
  const [bytes] = await once(far, 'data');
  client.destroy();
  return bytes;
}
