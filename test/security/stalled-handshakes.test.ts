// Attack: hundreds of connections that begin a handshake and never end it. Each must be cut when its time is up, be told
// in the log, and give its place back; nobody else may notice.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import type { AfterHook } from '../support/openssl.ts';
import type { LogLine, TestGateway } from '../support/test-gateway.ts';
import { tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const timeoutMs = 400;
/** How late a timer may be on a machine that has other things to do. */
const toleranceMs = 1500;

interface Stalled {
  readonly socket: Socket;
  readonly port: number;
  /** From connected to closed. */
  readonly lastedMs: Promise<number>;
}

/** The first bytes that a real client sends. */
async function clientHello(t: AfterHook, version: tls.SecureVersion): Promise<Buffer> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({ port, host: '127.0.0.1', minVersion: version, maxVersion: version });
  client.on('error', () => {});
  t.after(() => {
    client.destroy();
    server.close();
  });
  const [socket] = (await once(server, 'connection')) as [Socket];
  socket.on('error', () => {});
  const [hello] = (await once(socket, 'data')) as [Buffer];
  return hello;
}

async function stall(t: AfterHook, port: number, begin: (socket: Socket) => void): Promise<Stalled> {
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'connect');
  const startedAtMs = performance.now();
  const lastedMs = new Promise<number>((resolve) => {
    socket.once('close', () => resolve(performance.now() - startedAtMs));
  });
  begin(socket);
  return { socket, port: socket.localPort ?? 0, lastedMs };
}

/** A byte now and then, for ever. */
function drip(socket: Socket, bytes: Buffer): void {
  let sent = 0;
  const timer = setInterval(() => {
    socket.write(bytes.subarray(sent, sent + 1));
    sent += 1;
  }, timeoutMs / 8);
  socket.once('close', () => clearInterval(timer));
}

for (const version of tlsVersions) {
  test(`300 handshakes that stall are cut in time, and honest clients are served (${version})`, async (t) => {
    const limits = { handshakeTimeout: `${timeoutMs}ms` };
    const { gateway, served, backend } = await startGuardedGateway(t, trust, { limits });
    const hello = await clientHello(t, version);
    const kinds: readonly ((socket: Socket) => void)[] = [
      () => {}, // says nothing
      (socket) => socket.write(hello.subarray(0, 1)),
      (socket) => socket.write(hello.subarray(0, hello.length / 2)),
      (socket) => socket.write(hello), // does not take up the answer
      (socket) => drip(socket, hello),
      (socket) => {
        // Says that a hello of 16 KB is to come.
        socket.write(Buffer.from([22, 3, 1, 0x3f, 0xff, 1, 0, 0x3f, 0xfb]));
        drip(socket, Buffer.alloc(1000));
      },
    ];
    const stalled = await Promise.all(
      Array.from({ length: 300 }, (_, n) => stall(t, gateway.port(), kinds[n % kinds.length] as (typeof kinds)[0])),
    );
    // In the middle of it, with a full handshake each.
    for (let n = 0; n < 10; n += 1) await served({ identity: trust.client, version });

    for (const [index, { lastedMs }] of stalled.entries()) {
      const lasted = await lastedMs;
      assert.ok(
        lasted > timeoutMs - 50 && lasted < timeoutMs + toleranceMs,
        `kind ${index % kinds.length}: ${lasted} ms`,
      );
    }
    await untilTold(gateway, stalled);
    assert.equal(gateway.observer.counters.snapshot().refusals['handshake-timeout'], stalled.length);
    await served({ identity: trust.client, version });
    assert.equal(backend.heads.length, 11);
  });
}

test('2,000 handshakes of one address are half open, and honest clients are served', async (t) => {
  const halfOpenMs = 5000;
  const { gateway, served, backend } = await startGuardedGateway(t, trust, {
    limits: { handshakeTimeout: `${halfOpenMs}ms`, maxConnections: 5000, maxConnectionsPerAddress: 0 },
  });
  const hello = await clientHello(t, 'TLSv1.3');
  const kinds = [0, 1, hello.length / 2, hello.length];
  const stalled: Stalled[] = [];
  // In groups that the queue of the listening socket holds: the kernel drops what is beyond.
  while (stalled.length < 2000) {
    const group = Array.from({ length: 200 }, (_, n) => {
      const length = kinds[n % kinds.length] ?? 0;
      return stall(t, gateway.port(), (socket) => socket.write(hello.subarray(0, length)));
    });
    stalled.push(...(await Promise.all(group)));
  }
  for (let n = 0; n < 20; n += 1) await served({ identity: trust.client });
  const lasted = await Promise.all(stalled.map(({ lastedMs }) => lastedMs));
  assert.ok(Math.min(...lasted) > halfOpenMs / 2, 'they were open side by side');
  await untilTold(gateway, stalled);
  await served({ identity: trust.client });
  assert.equal(backend.heads.length, 21);
});

test('one address cannot take the places of the others, and gets its own back', async (t) => {
  const most = 20;
  const limits = { handshakeTimeout: `${timeoutMs}ms`, maxConnectionsPerAddress: most };
  const { gateway, served, refused } = await startGuardedGateway(t, trust, { limits });
  const stalled = await Promise.all(Array.from({ length: most }, () => stall(t, gateway.port(), () => {})));
  await refused({ identity: trust.client }, { code: 'too-many-connections' });
  await served({ identity: trust.client, from: '127.0.0.2' });
  await Promise.all(stalled.map(({ lastedMs }) => lastedMs));
  await served({ identity: trust.client });
});

test('so many connections may be open in all and no more', async (t) => {
  const most = 20;
  const limits = { handshakeTimeout: `${timeoutMs}ms`, maxConnections: most };
  const { gateway, served, refused } = await startGuardedGateway(t, trust, { limits });
  const stalled = await Promise.all(Array.from({ length: most }, () => stall(t, gateway.port(), () => {})));
  for (const from of ['127.0.0.1', '127.0.0.2']) {
    await refused({ identity: trust.client, from }, { code: 'too-many-connections' });
  }
  await Promise.all(stalled.map(({ lastedMs }) => lastedMs));
  await served({ identity: trust.client });
});

/** Each is told once: in a line of its own, with the client, or in the sum of those beyond so many a second. */
async function untilTold(gateway: TestGateway, stalled: readonly Stalled[]): Promise<void> {
  // A port may have served twice.
  const ports = new Set(stalled.map(({ port }) => port));
  const timeouts = (): readonly LogLine[] => gateway.lines.filter(({ code }) => code === 'handshake-timeout');
  const total = (): number => timeouts().reduce((sum, { count }) => sum + (typeof count === 'number' ? count : 1), 0);
  await gateway.lineWhere(() => total() >= stalled.length);
  assert.equal(total(), stalled.length);
  const own = timeouts().filter(({ count }) => count === undefined);
  assert.ok(own.length > 0);
  for (const { port, address, reason } of own) {
    assert.ok(ports.has(Number(port)));
    assert.equal(address, '127.0.0.1');
    assert.match(String(reason), /handshake/);
  }
}
