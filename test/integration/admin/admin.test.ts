// The admin listener of a running gateway: what it answers, whose requests it counts, and what becomes of a reload.

import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ReloadAnswer, Snapshot } from '../../../src/admin/snapshot.ts';
import { askAdmin, askAdminJson, askUntil, reloadQuestion } from '../../support/ask-admin.ts';
import { openEventStream } from '../../support/event-stream.ts';
import { inParallel } from '../../support/measured-gateway.ts';
import { makeCa, makeCertificate, makeCrl, temporaryDirectory } from '../../support/openssl.ts';
import { createRecordingBackend } from '../../support/recording-backend.ts';
import { scrape, sumOf } from '../../support/scrape.ts';
import { startTestGateway, type TestGateway } from '../../support/test-gateway.ts';
import { attemptTls } from '../../support/tls-client.ts';

const hook = { after };
const directory = temporaryDirectory(hook);
const ca = makeCa(directory);
makeCertificate(directory, { ca, name: 'server', san: 'DNS:localhost', eku: 'serverAuth' });
const alice = makeCertificate(directory, { ca, name: 'alice', subject: '/O=Company A/CN=alice', eku: 'clientAuth' });
const mallory = makeCertificate(directory, { ca, name: 'mallory', subject: '/O=Company B/CN=mallory' });
const revoked = makeCertificate(directory, { ca, name: 'revoked', subject: '/O=Company A/CN=revoked' });
makeCrl(ca, { revoked: [revoked.certificate] });
const backend = await createRecordingBackend(hook);

function configuration(admin = 'admin: 127.0.0.1:0', allow = 'Company A'): string {
  return `servers:
  - listen: 127.0.0.1:0
    names: [localhost]
    tls: { certificate: server.crt, key: server.key, clients: { ca: ca.crt, crl: [ca.crl] } }
    routes:
      - { path: /, allow: [{ organization: ${allow} }], upstream: service }
upstreams: { service: { servers: '${backend.url}' } }
${admin}
log: { access: off }
`;
}

const start = (t: { after(fn: () => unknown): void }, admin?: string): Promise<TestGateway> =>
  startTestGateway(t, directory, configuration(admin));

const visit = (gateway: TestGateway, identity = alice, path = '/') =>
  attemptTls(hook, { port: gateway.port(), ca: ca.certificate, identity, serverName: 'localhost', path });

const snapshotOf = (gateway: TestGateway, query = ''): Promise<Snapshot> =>
  askAdminJson(gateway.adminUrl, `/api/snapshot${query}`);

test('it is alive and ready, and sends the page with a policy that loads nothing from elsewhere', async (t) => {
  const gateway = await start(t);
  assert.equal((await askAdmin(gateway.adminUrl, '/healthz')).text, 'ok\n');
  assert.equal((await askAdmin(gateway.adminUrl, '/readyz')).text, 'ready\n');
  const page = await askAdmin(gateway.adminUrl, '/');
  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'] ?? '', /^text\/html/);
  assert.match(String(page.headers['content-security-policy']), /^default-src 'none'; /);
  assert.doesNotMatch(String(page.headers['content-security-policy']), /unsafe|https?:|\*/);
  assert.equal(page.headers['x-content-type-options'], 'nosniff');
  assert.equal(page.headers['access-control-allow-origin'], undefined);
  const again = await askAdmin(gateway.adminUrl, '/', { headers: { 'if-none-match': page.headers.etag } });
  assert.deepEqual([again.status, again.text], [304, '']);
  for (const path of ['/uplot.js', '/uplot.css']) assert.equal((await askAdmin(gateway.adminUrl, path)).status, 200);
});

test('nothing else is served, by no other method', async (t) => {
  const { adminUrl } = await start(t);
  for (const path of ['/nothing', '/../package.json', '/%2e%2e/app.ts', '/app.ts', '/page/index.html', '/api', '//']) {
    const { status, headers } = await askAdmin(adminUrl, path);
    assert.equal(status, 404, path);
    assert.match(String(headers['content-security-policy']), /default-src 'none'/);
  }
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'POST']) {
    const { status } = await askAdmin(adminUrl, '/api/snapshot', { method, headers: reloadQuestion.headers ?? {} });
    assert.equal(status, 405, method);
  }
  assert.equal((await askAdmin(adminUrl, '/api/reload')).status, 404);
});

test('without the key there is no admin listener, and none of it on the address of clients', async (t) => {
  const gateway = await start(t, '');
  assert.equal(gateway.adminUrl, '');
  const { status, text } = await visit(gateway, alice, '/api/snapshot');
  assert.equal(status, 200);
  assert.doesNotMatch(text, /takenAtMs/);
});

test('a scrape counts every request, to the last one', async (t) => {
  const gateway = await start(t);
  const requests = 300;
  await inParallel(
    8,
    Array.from({ length: requests }, (_, index) => async () => {
      const { status } = await visit(gateway, index % 3 === 0 ? mallory : alice, `/?n=${index}`);
      assert.equal(status, index % 3 === 0 ? 403 : 200);
    }),
  );
  const read = await askUntil(
    () => scrape(gateway.adminUrl),
    (metrics) => sumOf(metrics('mutual_requests_total')) >= requests && sumOf(metrics('mutual_connections')) === 0,
  );
  const byCode = Map.groupBy(read('mutual_requests_total'), ({ labels }) => labels?.code ?? '');
  assert.deepEqual([...byCode].map(([code, samples]) => [code, sumOf(samples)]).toSorted(), [
    ['200', 200],
    ['403', 100],
  ]);
  for (const { labels } of read('mutual_requests_total')) {
    assert.deepEqual([labels?.server, labels?.route], ['localhost', '/']);
    assert.ok(labels?.code === '200' ? labels.lane !== 'none' : labels?.lane === 'none');
  }
  assert.equal(sumOf(read('mutual_denials_total')), 100);
  assert.equal(sumOf(read('mutual_connections_total')), requests);
  assert.equal(read('mutual_request_duration_seconds')[0]?.buckets?.['+Inf'], String(requests));
  const attempts = read('mutual_upstream_attempts_total').map(({ labels, value }) => [labels?.result, value]);
  assert.deepEqual(attempts, [
    ['answered', '200'],
    ['failed', '0'],
  ]);
  const handshakes = read('mutual_tls_handshakes_total').map(({ labels, value }) => [
    labels?.result,
    labels?.version,
    value,
  ]);
  assert.deepEqual(handshakes, [['accepted', 'TLSv1.3', String(requests)]]);
  assert.deepEqual(
    read('mutual_upstream_up').map(({ value }) => value),
    ['1'],
  );
  for (const name of ['mutual_certificate_expiry_timestamp_seconds', 'mutual_crl_next_update_timestamp_seconds']) {
    for (const { value } of read(name)) assert.ok(Number(value) > Date.now() / 1000, name);
  }
});

test('the metrics name no client unless they are told to', async (t) => {
  for (const [admin, expected] of [
    ['admin: 127.0.0.1:0', ['(first to expire)']],
    ['admin: { listen: 127.0.0.1:0, clientMetrics: true }', ['CN=alice,O=Company A', 'CN=mallory,O=Company B']],
  ] as const) {
    const gateway = await start(t, admin);
    for (const identity of [alice, mallory]) await visit(gateway, identity);
    const names = await askUntil(
      async () => {
        const read = await scrape(gateway.adminUrl);
        const clients = read('mutual_certificate_expiry_timestamp_seconds').filter(
          ({ labels }) => labels?.kind === 'client',
        );
        return clients.map(({ labels }) => labels?.name).sort();
      },
      (found) => found.length === expected.length,
    );
    assert.deepEqual(names, [...expected].sort());
    await gateway.running.stop();
  }
});

test('what clients make up adds no series', async (t) => {
  const gateway = await start(t);
  await visit(gateway);
  const before = await askUntil(
    () => scrape(gateway.adminUrl),
    (read) => read('mutual_requests_total').length === 1,
  );
  for (let index = 0; index < 20; index += 1) {
    await attemptTls(hook, {
      port: gateway.port(),
      ca: ca.certificate,
      identity: alice,
      serverName: `name-${index}.example`,
      host: `host-${index}.example`,
      path: `/path-${index}`,
    });
  }
  const read = await askUntil(
    () => scrape(gateway.adminUrl),
    (metrics) => metrics('mutual_connections_total').some(({ value }) => value === '21'),
  );
  assert.ok(read('mutual_requests_total').length <= before('mutual_requests_total').length + 1);
  const text = JSON.stringify(read('mutual_requests_total'));
  assert.doesNotMatch(text, /name-|host-|path-/);
});

test('a snapshot has clients, refusals with what to do, certificates, upstreams and the configuration', async (t) => {
  const gateway = await start(t);
  await visit(gateway);
  await visit(gateway, mallory, '/secret?key=planted');
  await visit(gateway, revoked);
  const snapshot = await askUntil(
    () => snapshotOf(gateway),
    ({ refusals, totals }) => refusals.entries.length === 2 && totals.requests === 2,
  );
  const subjects = snapshot.clients.entries.map(({ certificate, requests, denials }) => [
    certificate.subject,
    requests,
    denials,
  ]);
  assert.deepEqual(subjects.toSorted(), [
    ['CN=alice,O=Company A', 1, 0],
    ['CN=mallory,O=Company B', 1, 1],
    ['CN=revoked,O=Company A', 0, 1],
  ]);
  const [first, second] = snapshot.refusals.entries;
  assert.deepEqual(
    [first?.code, first?.title, first?.certificate?.subject, first?.kind],
    ['client-certificate-invalid', 'Certificate revoked', 'CN=revoked,O=Company A', 'connection'],
  );
  assert.deepEqual([second?.code, second?.path, second?.status], ['not-allowed', '/secret?key=…', 403]);
  assert.match(second?.whatToDo ?? '', /allow/);
  assert.deepEqual(snapshot.refusalsByReason.map(({ code, count }) => [code, count]).toSorted(), [
    ['client-certificate-invalid', 1],
    ['not-allowed', 1],
  ]);
  assert.deepEqual(snapshot.certificates.map(({ kind }) => kind).toSorted(), ['client-ca', 'crl', 'server']);
  const [upstream] = snapshot.upstreams;
  assert.deepEqual([upstream?.name, upstream?.usedBy, upstream?.servers[0]?.requests], ['service', ['localhost /'], 1]);
  assert.match(snapshot.configuration.text, /organization: Company A/);
  assert.deepEqual(snapshot.readiness, { ready: true, reasons: [] });
  assert.ok(snapshot.processes[0]?.memory.rss);
});

test('a snapshot has the last seconds, and only those behind the one that is asked for', async (t) => {
  const gateway = await start(t);
  await visit(gateway);
  const { history, now } = await askUntil(
    () => snapshotOf(gateway),
    (snapshot) => snapshot.history.requests.some((count) => count > 0),
  );
  const at = history.requests.findIndex((count) => count > 0);
  assert.ok((history.p50Ms[at] ?? 0) > 0);
  assert.ok(now.requestsPerSecond > 0);
  const second = history.firstSecond + at;
  const { history: later, now: stillNow } = await snapshotOf(gateway, `?since=${second}`);
  assert.equal(later.firstSecond, second + 1);
  assert.ok(stillNow.requestsPerSecond > 0);
});

test('events tell requests, refusals, upstreams and reloads as they happen', async (t) => {
  const gateway = await start(t);
  const events = await openEventStream(t, gateway.adminUrl);
  const hello = await events.until('hello');
  assert.equal(hello.version, '0.0.0-test');
  await visit(gateway, alice, '/hello?token=planted');
  const request = await events.until('request');
  assert.deepEqual(
    [request.subject, request.path, request.status, request.server, request.refused],
    ['CN=alice,O=Company A', '/hello?token=…', 200, 'localhost', null],
  );
  await visit(gateway, mallory);
  const refusal = await events.until('refusal');
  assert.deepEqual([refusal.title, refusal.status], ['Not allowed by the rules', 403]);
  assert.equal((await events.until('request', ({ status }) => status === 403)).requestId, refusal.requestId);
  const second = await events.until('second', ({ requests }) => requests > 0);
  assert.ok(second.p50Ms !== null && second.now.requestsPerSecond > 0);
  assert.equal(await gateway.reconfigure('nonsense'), false);
  const reload = await events.until('reload');
  assert.equal(reload.result, 'failed');
  assert.match(reload.message, /mutual\.yaml/);
});

test('events tell when an upstream begins to fail, and when it answers again', async (t) => {
  const gateway = await start(t);
  const address = new URL(backend.url);
  const unreachable = configuration().replace(backend.url, 'http://127.0.0.1:1');
  const events = await openEventStream(t, gateway.adminUrl);
  await events.until('second');
  assert.equal(await gateway.reconfigure(unreachable), true);
  await visit(gateway);
  const failing = await events.until('upstream');
  assert.deepEqual([failing.upstream, failing.state, failing.url], ['service', 'failing', 'http://127.0.0.1:1']);
  const [entry] = (await snapshotOf(gateway)).upstreams;
  assert.match(entry?.servers[0]?.why ?? '', /127\.0\.0\.1:1/);
  assert.equal(entry?.servers[0]?.lastError?.code, 'upstream-unreachable');
  assert.ok(address.port !== '1');
});

test('a reload by POST says what became of it: good, bad, and good again', async (t) => {
  const gateway = await start(t);
  const reload = async (): Promise<[number, ReloadAnswer]> => {
    const { status, text } = await askAdmin(gateway.adminUrl, '/api/reload', reloadQuestion);
    return [status, JSON.parse(text)];
  };
  writeFileSync(gateway.configFile, configuration(undefined, 'Company B'));
  const [good, answer] = await reload();
  assert.deepEqual([good, answer.result], [200, 'succeeded']);
  assert.equal((await visit(gateway, mallory)).status, 200);
  writeFileSync(gateway.configFile, configuration().replace('ca.crt', 'none.crt'));
  const [bad, refusal] = await reload();
  assert.deepEqual([bad, refusal.result], [422, 'failed']);
  assert.match(refusal.message, /none\.crt does not exist/);
  assert.equal((await visit(gateway, mallory)).status, 200);
  const { configuration: told } = await snapshotOf(gateway);
  assert.deepEqual([told.reloads, told.lastReload?.result], [{ succeeded: 1, failed: 1 }, 'failed']);
  const read = await scrape(gateway.adminUrl);
  assert.equal(read('mutual_last_reload_successful')[0]?.value, '0');
  writeFileSync(gateway.configFile, configuration());
  const { status } = await askAdmin(gateway.adminUrl, '/api/reload', { ...reloadQuestion, body: '' });
  assert.equal(status, 200);
});

test('a reload moves the admin listener, takes it away and brings it back', async (t) => {
  const gateway = await start(t);
  const before = gateway.adminUrl;
  const socket = join(directory, 'admin.sock');
  assert.equal(
    await gateway.reconfigure(configuration(`admin: { listen: { address: 'unix:${socket}', mode: '0600' } }`)),
    true,
  );
  await gateway.lineWhere(({ msg }) => msg.startsWith('admin: now at unix:'));
  assert.equal(gateway.adminUrl, `unix:${socket}`);
  assert.equal(statSync(socket).mode & 0o777, 0o600);
  assert.equal((await askAdmin(gateway.adminUrl, '/healthz')).text, 'ok\n');
  await assert.rejects(askAdmin(before, '/healthz'));
  await gateway.reconfigure(configuration(''));
  await askUntil(
    async () => gateway.adminUrl,
    (url) => url === '',
  );
  assert.ok(!existsSync(socket));
  await gateway.reconfigure(configuration());
  await askUntil(
    async () => gateway.adminUrl,
    (url) => url !== '',
  );
  assert.equal((await askAdmin(gateway.adminUrl, '/readyz')).status, 200);
});

test('it is not ready while it drains, and says why', async (t) => {
  const gateway = await start(t);
  // A client that stays makes the drain last.
  const stays = visit(gateway, alice, '/slow');
  await stays;
  const open = await openIdle(t, gateway);
  const drained = gateway.running.drain();
  const answer = await askAdmin(gateway.adminUrl, '/readyz', { headers: { accept: 'application/json' } });
  assert.equal(answer.status, 503);
  assert.deepEqual(
    JSON.parse(answer.text).reasons.map(({ code }: { code: string }) => code),
    ['draining'],
  );
  assert.equal((await askAdmin(gateway.adminUrl, '/healthz')).status, 200);
  open.destroy();
  await drained;
});

async function openIdle(t: { after(fn: () => unknown): void }, gateway: TestGateway) {
  const { default: tls } = await import('node:tls');
  const { readFileSync } = await import('node:fs');
  const socket = tls.connect({
    port: gateway.port(),
    host: '127.0.0.1',
    servername: 'localhost',
    ca: readFileSync(ca.certificate),
    cert: readFileSync(alice.certificate),
    key: readFileSync(alice.key),
  });
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  // Half a request: it is waited for.
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
  await askUntil(
    () => snapshotOf(gateway),
    ({ connections }) => connections.some(({ open }) => open > 0),
  );
  return socket;
}

test('it is not ready when a certificate or a revocation list has run out, and says which', async (t) => {
  let nowMs = Date.now();
  const gateway = await startTestGateway(t, directory, configuration(), { now: () => nowMs });
  const reasons = async (): Promise<[number, string[]]> => {
    const { status, text } = await askAdmin(gateway.adminUrl, '/readyz', { headers: { accept: 'application/json' } });
    return [status, JSON.parse(text).reasons.map(({ code }: { code: string }) => code)];
  };
  assert.deepEqual(await reasons(), [200, []]);
  nowMs += 40 * 24 * 3_600_000;
  assert.deepEqual(await reasons(), [503, ['certificate-expired', 'certificate-expired', 'crl-expired']]);
  const { text } = await askAdmin(gateway.adminUrl, '/readyz');
  assert.match(text, /^not ready\n.*server\.crt of server localhost expired on .*: renew it\n/);
  const read = await scrape(gateway.adminUrl);
  assert.equal(read('mutual_ready')[0]?.value, '0');
});
