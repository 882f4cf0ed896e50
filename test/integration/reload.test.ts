// What a reload does to what is running: addresses and servers come and go, certificates are taken into use when their
// files change, upstreams are exchanged, and no request is lost over it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { head, lastHead, parseResponse, untilResponses } from '../support/http-messages.ts';
import { makeCertificates } from '../support/mutual-tls.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../support/openssl.ts';
import { connectRaw } from '../support/raw-client.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts';

const certificates = makeCertificates({ after });
const { directory, clientA } = certificates;
const ofServer = { certificate: 'server.crt', key: 'server.key', clients: { ca: 'ca.crt' } };

function configOf(...servers: readonly object[]): string {
  return JSON.stringify({ servers, log: { access: 'off' } });
}

const plain = (listen: string, body: string) => ({ listen, routes: [{ path: '/', respond: { body } }] });

function portOf(gateway: TestGateway, listener: string): number {
  return gateway.running.addresses.find((address) => address.listener === listener)?.port ?? 0;
}

test('an address that is added is listened on; one that is removed is not, and its connections end', async (t) => {
  const gateway = await startTestGateway(t, directory, configOf(plain('127.0.0.1:0', 'old')));
  const before = gateway.port();
  const idle = await connectRaw(t, { port: before });
  idle.send(head('GET /'));
  await untilResponses(idle, 1);
  assert.ok(await gateway.reconfigure(configOf(plain('127.0.0.1:0', 'old'), plain('127.0.0.2:0', 'new'))));
  const added = portOf(gateway, '127.0.0.2:0');
  const client = await connectRaw(t, { port: added, host: '127.0.0.2' });
  client.send(lastHead('GET /'));
  assert.equal(parseResponse(await client.closed).body, 'new');
  assert.equal(portOf(gateway, '127.0.0.1:0'), before, 'an address that stays is not opened anew');

  assert.ok(await gateway.reconfigure(configOf(plain('127.0.0.2:0', 'new'))));
  await assert.rejects(connectRaw(t, { port: before }), { code: 'ECONNREFUSED' });
  await idle.closed;
  assert.equal(idle.reset, false);
});

test('an address that cannot be had refuses the whole reload, and nothing of it stays', async (t) => {
  const gateway = await startTestGateway(t, directory, configOf(plain('127.0.0.1:0', 'old')));
  const { port: taken } = await createRecordingBackend(t);
  const next = configOf(plain('127.0.0.1:0', 'new'), plain('127.0.0.2:0', 'new'), plain(`127.0.0.1:${taken}`, 'new'));
  assert.equal(await gateway.reconfigure(next), false);
  const { code, msg } = await gateway.lineWhere(({ level }) => level === 50);
  assert.equal(code, 'address-in-use');
  assert.match(msg, /^reload failed, the configuration before it stays in force: cannot listen on /);
  assert.equal(gateway.running.addresses.length, 1);
  const client = await connectRaw(t, { port: gateway.port() });
  client.send(lastHead('GET /'));
  assert.equal(parseResponse(await client.closed).body, 'old');
});

test('a log that cannot be written refuses it, too, and the new address is given back', async (t) => {
  const gateway = await startTestGateway(t, directory, configOf(plain('127.0.0.1:0', 'old')));
  const free = await startTestGateway(t, temporaryDirectory(t), configOf(plain('127.0.0.2:0', 'free')));
  const port = free.port();
  await free.running.stop();
  const config = JSON.parse(configOf(plain('127.0.0.1:0', 'new'), plain(`127.0.0.2:${port}`, 'new')));
  const log = { access: [{ file: 'absent/access.log' }] };
  assert.equal(await gateway.reconfigure(JSON.stringify({ ...config, log })), false);
  assert.equal((await gateway.lineWhere(({ level }) => level === 50)).code, 'file-unwritable');
  await assert.rejects(connectRaw(t, { port, host: '127.0.0.2' }), { code: 'ECONNREFUSED' });
});

test('a stop in the middle of a reload leaves nothing open', async (t) => {
  const gateway = await startTestGateway(t, directory, configOf(plain('127.0.0.1:0', 'old')));
  writeFileSync(gateway.configFile, configOf(plain('127.0.0.1:0', 'old'), plain('127.0.0.2:0', 'new')));
  const reloaded = gateway.running.reload();
  await gateway.running.stop();
  await reloaded;
  for (const { host, port } of gateway.running.addresses) {
    await assert.rejects(connectRaw(t, { port, host }), { code: 'ECONNREFUSED' });
  }
});

test('a server that is added to an address answers to its name at once', async (t) => {
  const server = (names: string[] | undefined, body: string) => ({
    ...plain('127.0.0.1:0', body),
    tls: ofServer,
    ...(names && { names }),
  });
  const gateway = await startTestGateway(t, directory, configOf(server(undefined, 'default')));
  const ask = async (): Promise<string> => {
    const client = await connectRaw(t, { port: gateway.port() }, clientA);
    client.send(lastHead('GET /'));
    return parseResponse(await client.closed).body;
  };
  assert.equal(await ask(), 'default');
  assert.ok(await gateway.reconfigure(configOf(server(undefined, 'default'), server(['localhost'], 'localhost'))));
  assert.equal(await ask(), 'localhost');
  assert.ok(await gateway.reconfigure(configOf(server(undefined, 'default'))));
  assert.equal(await ask(), 'default');
});

/** A gateway whose certificate and key lie in a folder of their own, and the ways to ask what it shows. */
async function startWatched(t: TestContext) {
  const home = temporaryDirectory(t);
  const ca = makeCa(home);
  for (const name of ['first', 'second']) {
    makeCertificate(mkdir(join(home, name)), { ca, name: 'server', subject: `/CN=${name}`, san: 'DNS:localhost' });
  }
  copyFileSync(join(directory, 'ca.crt'), join(home, 'clients.crt'));
  const shown = async (port: number): Promise<string | undefined> => {
    const socket = tls.connect({ port, host: '127.0.0.1', ...clientA, ca: readFileSync(ca.certificate) });
    t.after(() => socket.destroy());
    // The gateway may end first, with session tickets still unread here: that is a reset, and no failure.
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.subject;
  };
  const start = async (folder: string) => {
    const files = { certificate: join(folder, 'server.crt'), key: join(folder, 'server.key') };
    const gateway = await startTestGateway(
      t,
      home,
      configOf({ ...plain('127.0.0.1:0', 'ok'), tls: { ...files, clients: { ca: 'clients.crt' } } }),
    );
    assert.equal(await shown(gateway.port()), 'CN=first');
    return gateway;
  };
  return { home, start, shown };
}

function mkdir(path: string): string {
  mkdirSync(path);
  return path;
}

const isReloaded = ({ msg }: { readonly msg: string }): boolean => msg === 'reloaded';

test('a certificate that is renamed over is taken into use; open connections go on', async (t) => {
  const { home, start, shown } = await startWatched(t);
  const current = mkdir(join(home, 'current'));
  for (const name of ['server.crt', 'server.key']) copyFileSync(join(home, 'first', name), join(current, name));
  const gateway = await start(current);
  const open = await connectRaw(t, { port: gateway.port() }, { ...clientA, ca: readFileSync(join(home, 'ca.crt')) });
  for (const name of ['server.crt', 'server.key']) {
    copyFileSync(join(home, 'second', name), join(current, `${name}.new`));
    renameSync(join(current, `${name}.new`), join(current, name));
  }
  await gateway.lineWhere(isReloaded);
  assert.equal(await shown(gateway.port()), 'CN=second');
  open.send(lastHead('GET /'));
  assert.equal(parseResponse(await open.closed).body, 'ok');
});

test('one that is swapped by a symbolic link further up is, too', async (t) => {
  const { home, start, shown } = await startWatched(t);
  symlinkSync('first', join(home, '..data'));
  const mount = mkdir(join(home, 'mount'));
  for (const name of ['server.crt', 'server.key']) symlinkSync(join('..', '..data', name), join(mount, name));
  const gateway = await start(mount);
  symlinkSync('second', join(home, '..data_tmp'));
  renameSync(join(home, '..data_tmp'), join(home, '..data'));
  await gateway.lineWhere(isReloaded);
  assert.equal(await shown(gateway.port()), 'CN=second');
});

test('one whose key is still to come is told, the old one stays, and both are taken when the key is there', async (t) => {
  const { home, start, shown } = await startWatched(t);
  const current = mkdir(join(home, 'current'));
  for (const name of ['server.crt', 'server.key']) copyFileSync(join(home, 'first', name), join(current, name));
  const gateway = await start(current);
  copyFileSync(join(home, 'second/server.crt'), join(current, 'server.crt'));
  const { code } = await gateway.lineWhere(({ level }) => level === 50);
  assert.equal(code, 'key-mismatch');
  assert.equal(await shown(gateway.port()), 'CN=first');
  copyFileSync(join(home, 'second/server.key'), join(current, 'server.key'));
  await gateway.lineWhere(isReloaded);
  assert.equal(await shown(gateway.port()), 'CN=second');
});

test('a changed certificate does not bring a configuration into force that is still being edited', async (t) => {
  const { home, start, shown } = await startWatched(t);
  const current = mkdir(join(home, 'current'));
  for (const name of ['server.crt', 'server.key']) copyFileSync(join(home, 'first', name), join(current, name));
  const gateway = await start(current);
  writeFileSync(gateway.configFile, 'servers: [');
  for (const name of ['server.crt', 'server.key']) copyFileSync(join(home, 'second', name), join(current, name));
  await gateway.lineWhere(isReloaded);
  assert.equal(await shown(gateway.port()), 'CN=second');
  assert.equal(await gateway.running.reload(), false, 'a signal reads it');
});

test('no request is lost over thirty reloads that exchange the upstream', async (t) => {
  const backends = [await createRecordingBackend(t), await createRecordingBackend(t)];
  const config = (n: number): string =>
    configOf({
      listen: '127.0.0.1:0',
      tls: ofServer,
      routes: [{ path: '/', upstream: backends[n % 2]?.url }],
    });
  const gateway = await startTestGateway(t, directory, config(0));
  let done = false;
  const statuses: number[] = [];
  const loop = async (): Promise<void> => {
    const client = await connectRaw(t, { port: gateway.port() }, clientA);
    for (let n = 1; !done; n += 1) {
      client.send(head(`GET /${n}`));
      statuses.push((await untilResponses(client, n)).at(-1)?.status ?? 0);
    }
  };
  const loops = Promise.all(Array.from({ length: 4 }, loop));
  for (let n = 1; n <= 30; n += 1) {
    const asked = statuses.length;
    assert.ok(await gateway.reconfigure(config(n)));
    while (statuses.length < asked + 4) await new Promise((resolve) => setImmediate(resolve));
  }
  done = true;
  await loops;
  assert.ok(statuses.length > 120);
  assert.deepEqual([...new Set(statuses)], [200]);
  for (const backend of backends) assert.ok(backend.heads.length > 30);
});

test('a request that is under way is answered by the upstream that it was sent to', async (t) => {
  const slow = await createRecordingBackend(t, { respond: () => undefined });
  const quick = await createRecordingBackend(t);
  const config = (upstream: string): string =>
    configOf({ listen: '127.0.0.1:0', tls: ofServer, routes: [{ path: '/', upstream }] });
  const gateway = await startTestGateway(t, directory, config(slow.url));
  const client = await connectRaw(t, { port: gateway.port() }, clientA);
  client.send(head('GET /slow'));
  await slow.untilHeads(1);
  assert.ok(await gateway.reconfigure(config(quick.url)));
  slow.connections[0]?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow');
  assert.equal((await untilResponses(client, 1))[0]?.body, 'slow');
  client.send(head('GET /quick'));
  assert.equal((await untilResponses(client, 2))[1]?.body, 'ok');
  // What the old upstream was kept for is over.
  await slow.connections[0]?.closed;
});
