// The admin listener behind mutual TLS: who gets in, by certificate and by rule, on fresh, resumed and open connections,
// each with a twin who does not.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type http from 'node:http';
import https from 'node:https';
import { after, test } from 'node:test';
import { type AdminAnswer, askAdmin, askUntil, reloadQuestion } from '../../support/ask-admin.ts';
import { type CertificateFiles, makeCa, makeCertificate, makeCrl, temporaryDirectory } from '../../support/openssl.ts';
import { type AsyncAfterHook, startTestGateway, type TestGateway } from '../../support/test-gateway.ts';
import { attemptTls } from '../../support/tls-client.ts';

const hook = { after };
const directory = temporaryDirectory(hook);
const ca = makeCa(directory, 'staff');
const foreignCa = makeCa(directory, 'foreign');
makeCertificate(directory, { ca, name: 'admin', san: 'DNS:localhost,DNS:ops.example', eku: 'serverAuth' });
const person = (name: string, unit: string, by = ca) =>
  makeCertificate(directory, { ca: by, name, subject: `/O=Us/OU=${unit}/CN=${name}`, eku: 'clientAuth' });
const olga = person('olga', 'Operations');
const former = person('former', 'Operations');
const sales = person('sales', 'Sales');
const foreign = person('foreign-olga', 'Operations', foreignCa);
const revoked = person('revoked', 'Operations');
makeCrl(ca, { revoked: [revoked.certificate] });

const rules = 'allow: [{ organizationalUnit: Operations }], deny: [{ commonName: former }]';

function configuration(clients = 'ca: staff.crt, crl: [staff.crl]', more = rules): string {
  return `servers: [{ listen: 127.0.0.1:0, routes: [{ path: /, respond: {} }] }]
admin:
  { listen: 127.0.0.1:0, tls: { certificate: admin.crt, key: admin.key, clients: { ${clients} } }, ${more} }
log: { access: off }
`;
}

function ask(
  { adminUrl }: TestGateway,
  identity: CertificateFiles | undefined,
  path = '/api/snapshot',
  agent?: http.Agent,
): Promise<AdminAnswer> {
  const shown =
    identity === undefined ? {} : { cert: readFileSync(identity.certificate), key: readFileSync(identity.key) };
  const tls = { ca: readFileSync(ca.certificate), servername: 'localhost', ...shown };
  return askAdmin(adminUrl, path, { tls, ...(agent === undefined ? {} : { agent }) });
}

const start = (t: AsyncAfterHook, ...from: Parameters<typeof configuration>) =>
  startTestGateway(t, directory, configuration(...from));

test('a client whom a rule allows gets in; one whom none allows, or one denies, does not', async (t) => {
  const gateway = await start(t);
  assert.equal((await ask(gateway, olga)).status, 200);
  assert.equal((await ask(gateway, olga, '/')).status, 200);
  for (const identity of [sales, former]) {
    for (const path of ['/', '/api/snapshot', '/api/events', '/metrics', '/healthz', '/uplot.js', '/nothing']) {
      assert.equal((await ask(gateway, identity, path)).status, 403, path);
    }
  }
  const line = await gateway.lineWhere(({ msg }) => msg.includes('deny rule holds for CN=former'));
  assert.equal(line.code, 'not-allowed');
});

test('without a certificate of our CA nobody comes as far as a request', async (t) => {
  const gateway = await start(t);
  for (const identity of [undefined, foreign, revoked]) await assert.rejects(ask(gateway, identity));
  await gateway.lineWhere(({ msg }) => msg === 'admin: client refused: certificate revoked');
});

test('rules hold for clients without a certificate, where those may connect', async (t) => {
  const gateway = await start(t, 'ca: staff.crt, verify: optional', 'allow: [{ organizationalUnit: Operations }]');
  assert.equal((await ask(gateway, olga)).status, 200);
  assert.equal((await ask(gateway, undefined)).status, 403);
  await gateway.reconfigure(configuration('ca: staff.crt, verify: optional', ''));
  assert.equal((await ask(gateway, undefined)).status, 200);
  await assert.rejects(ask(gateway, foreign));
});

test('a refusal over HTTP tells no more than that', async (t) => {
  const gateway = await start(t, 'ca: staff.crt, crl: [staff.crl], refuse: http');
  for (const identity of [undefined, foreign, revoked]) {
    const { status, text } = await ask(gateway, identity);
    assert.equal(status, 403);
    assert.doesNotMatch(text, /revoked|issuer|OU=/);
  }
  assert.equal((await ask(gateway, olga)).status, 200);
});

test('who has just been revoked is let in no more, on an open connection neither', async (t) => {
  const victim = person('victim', 'Operations');
  const gateway = await start(t);
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  const twin = new https.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => {
    agent.destroy();
    twin.destroy();
  });
  assert.equal((await ask(gateway, victim, '/', agent)).status, 200);
  assert.equal((await ask(gateway, olga, '/', twin)).status, 200);
  makeCrl(ca, { revoked: [victim.certificate] });
  assert.equal(await gateway.running.reload(), true);
  await askUntil(
    () =>
      ask(gateway, victim, '/', agent).then(
        ({ status }) => status,
        () => 0,
      ),
    (status) => status !== 200,
  );
  for (let tries = 0; tries < 3; tries += 1) {
    const status = await ask(gateway, victim, '/', agent).then(
      (answer) => answer.status,
      () => 0,
    );
    assert.ok(status === 0 || status === 403, `${status}`);
  }
  assert.equal((await ask(gateway, olga)).status, 200);
});

test('a session is taken up again only while its certificate counts', async (t) => {
  const victim = person('resumer', 'Operations');
  const gateway = await start(t);
  const { port } = new URL(gateway.adminUrl);
  const attempt = (session?: Buffer) =>
    attemptTls(hook, {
      port: Number(port),
      ca: ca.certificate,
      identity: victim,
      serverName: 'localhost',
      path: '/healthz',
      session,
    });
  const fresh = await attempt();
  assert.equal(fresh.status, 200);
  assert.equal((await attempt(fresh.session)).status, 200);
  makeCrl(ca, { revoked: [victim.certificate] });
  assert.equal(await gateway.running.reload(), true);
  const outcome = await askUntil(
    () => attempt(fresh.session),
    ({ status }) => status === 0,
  );
  assert.equal(outcome.status, 0);
});

test('a reload that changes nothing leaves open connections alone, its own included', async (t) => {
  const gateway = await start(t);
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const shown = { cert: readFileSync(olga.certificate), key: readFileSync(olga.key) };
  const tls = { ca: readFileSync(ca.certificate), servername: 'localhost', ...shown };
  const { status } = await askAdmin(gateway.adminUrl, '/api/reload', { ...reloadQuestion, tls, agent });
  assert.equal(status, 200);
  const ports = Object.values(agent.freeSockets).flatMap((sockets) => sockets?.map(({ localPort }) => localPort) ?? []);
  await ask(gateway, olga, '/', agent);
  assert.deepEqual(
    Object.values(agent.freeSockets).flatMap((sockets) => sockets?.map(({ localPort }) => localPort) ?? []),
    ports,
  );
});

test('an address that other machines reach is warned of, unless it asks for certificates', async (t) => {
  const warned = async (yaml: string): Promise<boolean> => {
    const gateway = await startTestGateway(t, directory, yaml);
    const found = gateway.lines.some(({ msg }) => msg.includes('WITHOUT a client certificate'));
    await gateway.running.stop();
    return found;
  };
  const plain = (listen: string): string => configuration().replace(/admin:\n.*\n/, `admin: '${listen}'\n`);
  assert.equal(await warned(plain('0.0.0.0:0')), true);
  assert.equal(await warned(plain('127.0.0.1:0')), false);
  assert.equal(await warned(plain(`unix:${directory}/a.sock`)), false);
  assert.equal(await warned(configuration().replace('{ listen: 127.0.0.1:0, tls', '{ listen: 0.0.0.0:0, tls')), false);
  const optional = configuration('ca: staff.crt, verify: optional', '');
  assert.equal(await warned(optional.replace('{ listen: 127.0.0.1:0, tls', '{ listen: 0.0.0.0:0, tls')), true);
});

test('plain HTTP on its TLS port is not answered', async (t) => {
  const gateway = await start(t);
  await assert.rejects(askAdmin(gateway.adminUrl.replace('https', 'http'), '/healthz'));
});
