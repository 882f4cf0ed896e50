// Attack: a client that is revoked, or whose CA is taken away, goes on using the connection it has open. Each kind of
// connection is ended when trust changes, and until then its next request is not forwarded; those of others live on.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import tls from 'node:tls';
import type { TlsVersion } from '../../src/config/schema.ts';
import { type GuardedGateway, makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { exchangeHttp2 } from '../support/http2-exchange.ts';
import { type CertificateFiles, makeCa, makeCertificate, makeCrl } from '../support/openssl.ts';
import { connectRaw, type RawClient } from '../support/raw-client.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';
import { startTestGateway } from '../support/test-gateway.ts';
import { tlsOptionsOf, tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca, client } = trust;
const revoked = makeCertificate(directory, { ca, name: 'revoked', eku: 'clientAuth' });
const before = makeCrl(ca, { name: 'before' });
const since = makeCrl(ca, { name: 'since', revoked: [revoked.certificate] });

const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

function connectAs(
  t: { after(fn: () => void): void },
  port: number,
  identity: CertificateFiles,
  version: TlsVersion = 'TLSv1.3',
): Promise<RawClient> {
  return connectRaw(t, { port }, tlsOptionsOf({ port: 0, ca: ca.certificate, identity, version }));
}

async function endedLine({ gateway }: Pick<GuardedGateway, 'gateway'>, dn: string): Promise<void> {
  const line = await gateway.lineWhere(({ reason }) => String(reason).startsWith('an open connection is ended'));
  assert.equal(line.code, 'client-certificate-invalid');
  assert.ok(JSON.stringify(line).includes(dn), 'the log names the certificate');
}

for (const version of tlsVersions) {
  test(`an idle connection is closed when its client is revoked, the others are not (${version})`, async (t) => {
    const guarded = await startGuardedGateway(t, trust, { clients: { crl: before } });
    const { gateway, backend, reconfigure } = guarded;
    const attacker = await connectAs(t, gateway.port(), revoked, version);
    const honest = await connectAs(t, gateway.port(), client, version);
    attacker.send(request('/first'));
    honest.send(request('/honest-first'));
    await Promise.all([attacker.until('\r\n\r\nok'), honest.until('\r\n\r\nok')]);

    assert.ok(await reconfigure({ clients: { crl: since } }));
    const answers = await attacker.closed;
    assert.equal(answers.split('HTTP/1.1 ').length, 2, 'one response, and then the end');
    await endedLine(guarded, 'CN=revoked');
    honest.send(request('/honest-second'));
    await honest.until('\r\n\r\nok', 2);
    assert.equal(backend.heads.length, 3);
  });
}

test('a connection is ended when its CA is taken away', async (t) => {
  const { gateway, reconfigure } = await startGuardedGateway(t, trust);
  const attacker = await connectAs(t, gateway.port(), client);
  attacker.send(request('/first'));
  await attacker.until('\r\n\r\nok');
  assert.ok(await reconfigure({ clients: { ca: makeCa(directory, 'another').certificate } }));
  await attacker.closed;
});

test('a response in flight is finished, and what is pipelined behind it is not forwarded', async (t) => {
  let answer = (): void => {};
  const backend = await createRecordingBackend(t, {
    respond: (_head, socket) => {
      answer = () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone');
      return undefined;
    },
  });
  const route = { upstream: backend.url };
  const { gateway, reconfigure } = await startGuardedGateway(t, trust, { clients: { crl: before }, route });
  const attacker = await connectAs(t, gateway.port(), revoked);
  attacker.send(request('/slow'));
  await backend.untilHeads(1);
  assert.ok(await reconfigure({ clients: { crl: since }, route }));
  attacker.send(request('/behind'));
  answer();
  const answers = await attacker.closed;
  assert.match(answers, /^HTTP\/1\.1 200 .*\r\n\r\ndone/s);
  assert.equal(backend.heads.length, 1, 'nothing was forwarded behind it');
});

test('a response that never ends is cut at the deadline', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: () => 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx',
  });
  const facts = { route: { upstream: backend.url }, limits: { drainTimeout: '200ms' } };
  const { gateway, reconfigure } = await startGuardedGateway(t, trust, { ...facts, clients: { crl: before } });
  const attacker = await connectAs(t, gateway.port(), revoked);
  attacker.send(request('/endless'));
  await attacker.until('\r\n\r\nx');
  assert.ok(await reconfigure({ ...facts, clients: { crl: since } }));
  await attacker.closed;
});

test('a tunnel is cut when its client is revoked', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: () => 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n',
  });
  const route = { upstream: backend.url };
  const { gateway, reconfigure } = await startGuardedGateway(t, trust, { clients: { crl: before }, route });
  const upgrade = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
  const attacker = await connectAs(t, gateway.port(), revoked);
  const honest = await connectAs(t, gateway.port(), client);
  for (const one of [attacker, honest]) one.send(upgrade);
  await Promise.all([attacker.until('101'), honest.until('101')]);
  assert.ok(await reconfigure({ clients: { crl: since }, route }));
  await attacker.closed;
  honest.send('still here');
  await backend.untilReceived('still here');
});

test('an HTTP/2 session is ended when its client is revoked', async (t) => {
  const backend = await createRecordingBackend(t);
  const yaml = (crl: string): string =>
    JSON.stringify({
      servers: [
        {
          listen: { address: '127.0.0.1:0', http2: true },
          tls: {
            certificate: trust.server.certificate,
            key: trust.server.key,
            clients: { ca: ca.certificate, crl },
          },
          routes: [{ path: '/', upstream: backend.url }],
        },
      ],
      log: { access: 'off' },
    });
  const gateway = await startTestGateway(t, directory, yaml(before));
  const session = http2.connect('https://localhost', {
    createConnection: () =>
      tls.connect({
        ...tlsOptionsOf({ port: 0, ca: ca.certificate, identity: revoked }),
        host: '127.0.0.1',
        port: gateway.port(),
        ALPNProtocols: ['h2'],
      }),
  });
  t.after(() => session.destroy());
  session.on('error', () => {});
  const { status } = await exchangeHttp2(session, { ':path': '/first' });
  assert.equal(status, 200);
  const closed = new Promise<void>((resolve) => session.once('close', resolve));
  assert.ok(await gateway.reconfigure(yaml(since)));
  await closed;
  assert.equal(backend.heads.length, 1);
});

test('a connection ends soon after its certificate does, without a request', async (t) => {
  let nowMs = Date.now();
  const shortLived = makeCertificate(directory, {
    ca,
    name: 'ends-soon',
    eku: 'clientAuth',
    notAfter: new Date(nowMs + 3_600_000),
  });
  const guarded = await startGuardedGateway(t, trust, { now: () => nowMs });
  const expiring = await connectAs(t, guarded.gateway.port(), shortLived);
  expiring.send(request('/first'));
  await expiring.until('\r\n\r\nok');
  nowMs += 7_200_000;
  await expiring.closed;
  await endedLine(guarded, 'CN=ends-soon');
});

test('a connection is ended at its greatest age, whoever it is', async (t) => {
  let nowMs = Date.now();
  const options = { now: () => nowMs, limits: { maxConnectionAge: '1h' } };
  const { gateway } = await startGuardedGateway(t, trust, options);
  const honest = await connectAs(t, gateway.port(), client);
  honest.send(request('/first'));
  await honest.until('\r\n\r\nok');
  nowMs += 3_700_000;
  await honest.closed;
});

test('a reload that changes nothing of trust ends no connection', async (t) => {
  const { gateway, reconfigure } = await startGuardedGateway(t, trust, { clients: { crl: before } });
  const honest = await connectAs(t, gateway.port(), client);
  honest.send(request('/first'));
  await honest.until('\r\n\r\nok');
  assert.ok(await reconfigure({ clients: { crl: before }, limits: { idleTimeout: '10s' } }));
  honest.send(request('/second'));
  await honest.until('\r\n\r\nok', 2);
});
