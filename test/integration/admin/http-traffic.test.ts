// Servers of `http` beside others: the admin listener counts what was sent to either, and what was refused, by name.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Snapshot } from '../../../src/admin/snapshot.ts';
import { askAdminJson } from '../../support/ask-admin.ts';
import { openEventStream } from '../../support/event-stream.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../support/openssl.ts';
import { exchangeRaw } from '../../support/raw-client.ts';
import { createRecordingBackend } from '../../support/recording-backend.ts';
import { type Samples, type Scrape, scrape, sumOf } from '../../support/scrape.ts';
import { startTestGateway, type TestGateway } from '../../support/test-gateway.ts';
import { attemptTls } from '../../support/tls-client.ts';

const hook = { after };
const directory = temporaryDirectory(hook);
const ca = makeCa(directory);
makeCertificate(directory, { ca, name: 'server', san: 'DNS:localhost', eku: 'serverAuth' });
const alice = makeCertificate(directory, { ca, name: 'alice', subject: '/O=Company A/CN=alice', eku: 'clientAuth' });
const backend = await createRecordingBackend(hook);

const configuration = `
servers:
  - listen: 127.0.0.1:0
    names: [plain]
    routes: [{ path: /, respond: { status: 200, body: ok } }]
http:
  accessLogs: []
  errorLogs: [{ file: error.log, level: info }]
  requestZones: [{ name: slow, key: $server_addr, rate: 1r/m }]
  servers:
    - names: [secure.example]
      listen: [{ address: '127.0.0.1:0', ssl: true }]
      sslCertificates: [server.crt]
      sslCertificateKeys: [server.key]
      sslVerifyClient: 'on'
      sslClientCertificate: ca.crt
      locations:
        - prefix: /api/
          proxyPass: ${backend.url}
        - regex: ^/denied
          access: [{ deny: all }]
        - exact: /returned
          steps: [{ return: 403 }]
        - prefix: /limited
          limitRequests: [{ zone: slow, burst: 0, delay: 0 }]
          tryFiles: [/absent, '@named']
        - named: '@named'
          steps: [{ return: 200, text: named }]
admin: 127.0.0.1:0
log: { access: off }
`;

const start = (t: { after(fn: () => unknown): void }): Promise<TestGateway> =>
  startTestGateway(t, directory, configuration);

async function visit(gateway: TestGateway, path: string, identity: typeof alice | null = alice): Promise<number> {
  const attempt = { port: gateway.port(1), ca: ca.certificate, serverName: 'localhost', path };
  return (await attemptTls(hook, { ...attempt, ...(identity === null ? {} : { identity }) })).status;
}

const where = (samples: Samples, wanted: Readonly<Record<string, string>>): number =>
  sumOf(samples.filter(({ labels }) => Object.entries(wanted).every(([name, value]) => labels?.[name] === value)));

const requests = (page: Scrape, wanted: Readonly<Record<string, string>> = {}): number =>
  where(page('mutual_requests_total'), wanted);

test('sums are what was sent to both kinds of servers', async (t) => {
  const gateway = await start(t);
  for (let sent = 0; sent < 3; sent += 1) {
    await exchangeRaw(t, { port: gateway.port() }, 'GET / HTTP/1.1\r\nHost: plain\r\nConnection: close\r\n\r\n');
  }
  for (let sent = 0; sent < 4; sent += 1) assert.equal(await visit(gateway, '/api/x'), 200);
  const page = await scrape(gateway.adminUrl);
  assert.equal(requests(page), 7);
  assert.equal(requests(page, { server: 'secure.example', route: '/api/', lane: 'standard', code: '200' }), 4);
  assert.equal(where(page('mutual_tls_handshakes_total'), { result: 'accepted' }), 4);
  assert.equal(sumOf(page('mutual_connections_total')), 7);
  assert.equal(sumOf(page('mutual_requests_in_flight')), 0);
  const snapshot: Snapshot = await askAdminJson(gateway.adminUrl, '/api/snapshot');
  assert.equal(snapshot.refusals.entries.length, 0);
  assert.match(JSON.stringify(snapshot), /CN=alice/);
});

test('what is refused is counted as refused, by its reason, and as a denial only where it is one', async (t) => {
  const gateway = await start(t);
  const events = await openEventStream(t, gateway.adminUrl);
  assert.equal(await visit(gateway, '/denied'), 403);
  assert.equal(await visit(gateway, '/returned'), 403);
  assert.equal(await visit(gateway, '/api/x', null), 400);
  const limited = [await visit(gateway, '/limited'), await visit(gateway, '/limited')];
  assert.deepEqual(limited, [200, 503]);
  const page = await scrape(gateway.adminUrl);
  const server = 'secure.example';
  assert.equal(requests(page), 5);
  assert.equal(requests(page, { server, route: '~ ^/denied', lane: 'none', code: '403' }), 1);
  assert.equal(requests(page, { server, route: '= /returned', code: '403' }), 1);
  assert.equal(requests(page, { server, route: '@named', code: '200' }), 1);
  assert.equal(requests(page, { server, route: '/limited', code: '503' }), 1);
  assert.equal(requests(page, { server, route: '', code: '400' }), 1);
  assert.equal(sumOf(page('mutual_denials_total')), 3);
  const { refusals }: Snapshot = await askAdminJson(gateway.adminUrl, '/api/snapshot');
  assert.deepEqual(refusals.entries.map(({ code }) => code).sort(), [
    'client-certificate-missing',
    'not-allowed',
    'not-allowed',
    'too-many-requests',
  ]);
  const event = await events.until('request', ({ route }) => route === '= /returned');
  assert.deepEqual([event.server, event.status, event.refused], [server, 403, 'not-allowed']);
});

test('a handshake that comes to nothing is counted, and no request', async (t) => {
  const gateway = await start(t);
  const hello = Buffer.from('16030100050100000100', 'hex').toString('latin1');
  await exchangeRaw(t, { port: gateway.port(1) }, hello);
  const page = await scrape(gateway.adminUrl);
  assert.equal(requests(page), 0);
  assert.equal(where(page('mutual_tls_handshakes_total'), { result: 'failed' }), 1);
});
