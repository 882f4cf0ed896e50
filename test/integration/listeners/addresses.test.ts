// Where a gateway can listen: several addresses at once, IPv4, IPv6, both by one socket, Unix sockets. The backend and
// the log are told the client's address as the family has it.

import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { lastHead, parseResponse } from '../../support/http-messages.ts';
import { temporaryDirectory } from '../../support/openssl.ts';
import { exchangeRaw } from '../../support/raw-client.ts';
import { createRecordingBackend } from '../../support/recording-backend.ts';
import { startTestGateway } from '../../support/test-gateway.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
const needsIpv6 = { skip: hasIpv6 ? false : 'this machine has no IPv6' };

/** Plain HTTP on these addresses; the answer says which of them took it, and for whom. */
function listening(t: TestContext, ...listens: readonly (string | object)[]) {
  const directory = temporaryDirectory(t);
  return startTestGateway(t, directory, configOf(...listens));
}

function configOf(...listens: readonly (string | object)[]): string {
  const servers = listens.map((listen, index) => ({
    listen,
    routes: [{ path: '/', respond: { body: `${index} $remote_addr $server_addr` } }],
  }));
  return JSON.stringify({ servers, log: { access: 'off' } });
}

const ask = async (t: TestContext, target: Parameters<typeof exchangeRaw>[1]): Promise<string> =>
  parseResponse(await exchangeRaw(t, target, lastHead('GET /'))).body;

test('several addresses at once, each with its own server', async (t) => {
  const gateway = await listening(t, '127.0.0.1:0', '127.0.0.2:0', 'localhost:0');
  assert.equal(await ask(t, { port: gateway.port(0) }), '0 127.0.0.1 127.0.0.1');
  assert.equal(await ask(t, { port: gateway.port(1), host: '127.0.0.2' }), '1 127.0.0.1 127.0.0.2');
  assert.match(await ask(t, { port: gateway.port(2), host: 'localhost' }), /^2 /);
  await assert.rejects(exchangeRaw(t, { port: gateway.port(1) }, lastHead('GET /')), { code: 'ECONNREFUSED' });
});

test('IPv6', needsIpv6, async (t) => {
  const gateway = await listening(t, '[::1]:0');
  assert.equal(gateway.running.addresses[0]?.url, `http://[::1]:${gateway.port()}`);
  assert.equal(await ask(t, { port: gateway.port(), host: '::1' }), '0 ::1 ::1');
  await assert.rejects(exchangeRaw(t, { port: gateway.port() }, lastHead('GET /')), { code: 'ECONNREFUSED' });
});

test('a port alone is both families; IPv4 clients keep their IPv4 address', needsIpv6, async (t) => {
  const gateway = await listening(t, ':0');
  assert.equal(await ask(t, { port: gateway.port(), host: '::1' }), '0 ::1 ::1');
  assert.equal(await ask(t, { port: gateway.port() }), '0 127.0.0.1 127.0.0.1');
});

test('one port of several addresses, of either family', needsIpv6, async (t) => {
  const first = await listening(t, '127.0.0.1:0');
  const port = first.port();
  await first.running.stop();
  const gateway = await listening(t, `127.0.0.1:${port}`, `127.0.0.2:${port}`, `[::1]:${port}`);
  assert.equal(await ask(t, { port }), '0 127.0.0.1 127.0.0.1');
  assert.equal(await ask(t, { port, host: '127.0.0.2' }), '1 127.0.0.1 127.0.0.2');
  assert.equal(await ask(t, { port, host: '::1' }), '2 ::1 ::1');
  assert.equal(gateway.running.addresses.length, 3);
});

test('a Unix socket, with the mode that was asked for, gone when the gateway is', async (t) => {
  const path = join(temporaryDirectory(t), 'mutual.sock');
  for (const mode of ['0600', '0666']) {
    const gateway = await listening(t, { address: `unix:${path}`, mode });
    assert.equal(statSync(path).mode & 0o777, Number.parseInt(mode, 8));
    assert.equal(await ask(t, { path }), '0 unix: unix:');
    assert.equal(gateway.running.addresses[0]?.url, `unix:${path}`);
    await gateway.running.stop();
    assert.equal(existsSync(path), false);
  }
});

test('a socket file that nobody answers on is replaced, one that somebody does is not', async (t) => {
  const path = join(temporaryDirectory(t), 'mutual.sock');
  await leaveDeadSocket(path);
  assert.ok(statSync(path).isSocket());
  await listening(t, `unix:${path}`);
  assert.match(await ask(t, { path }), /^0 unix:/);
  await assert.rejects(listening(t, `unix:${path}`), { code: 'address-in-use' });
  assert.match(await ask(t, { path }), /^0 unix:/);
});

/** What a process leaves behind that was killed. */
async function leaveDeadSocket(path: string): Promise<void> {
  const code = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`;
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, ['-e', code]);
  await new Promise((resolve) => child.once('close', resolve));
}

test('clients of a Unix socket do not count as one address', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'mutual.sock');
  const config = JSON.parse(configOf(`unix:${path}`));
  await startTestGateway(t, directory, JSON.stringify({ ...config, limits: { maxConnectionsPerAddress: 1 } }));
  const first = net.connect({ path });
  t.after(() => first.destroy());
  await new Promise((resolve) => first.once('connect', resolve));
  assert.match(await ask(t, { path }), /^0 unix:/);
});

test('behind one address that cannot be had, none is left open', async (t) => {
  const taken = await createRecordingBackend(t);
  const path = join(temporaryDirectory(t), 'mutual.sock');
  await assert.rejects(listening(t, `unix:${path}`, `127.0.0.1:${taken.port}`), { code: 'address-in-use' });
  assert.equal(existsSync(path), false);
});
