// Who gets in, over real TLS: rules that allow and rules that deny, how long a chain may be, and what a certificate has to
// say it is for. For fresh connections, resumed ones, and those that are open when the rules change.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import {
  type AfterHook,
  type CaFiles,
  type CertificateFiles,
  makeCa,
  makeCertificate,
  temporaryDirectory,
} from '../support/openssl.ts';
import { connectRaw } from '../support/raw-client.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts';
import { attemptTls, type TlsAttempt, type TlsOutcome, tlsVersions } from '../support/tls-client.ts';

const hook = { after };
const directory = temporaryDirectory(hook);
const root = makeCa(directory, 'root');
const upper = makeCa(directory, 'upper', { ca: root });
const lower = makeCa(directory, 'lower', { ca: upper });
makeCertificate(directory, { ca: root, name: 'server', san: 'DNS:localhost', eku: 'serverAuth' });

const made = (name: string, organization: string, ca: CaFiles = root) =>
  makeCertificate(directory, { ca, name, subject: `/O=${organization}/CN=${name}`, eku: 'clientAuth' });
const alice = made('alice', 'Company A');
const trainee = made('trainee-7', 'Company A');
const bob = made('bob', 'Company B');
/** Names no purpose at all. */
const anybody = makeCertificate(directory, { ca: root, name: 'anybody', subject: '/O=Company A/CN=anybody' });
const below = [alice, made('below-one', 'Company A', upper), made('below-two', 'Company A', lower)] as const;
const chain = [lower.certificate, upper.certificate];

const backend = await createRecordingBackend(hook);

/** @param clients keys of `tls.clients` beside `ca` */
function configuration(clients: string, server = '', route = ''): string {
  return `servers:
  - listen: 127.0.0.1:0
    tls: { certificate: server.crt, key: server.key, clients: { ca: root.crt, ${clients} } }
    ${server}
    routes:
      - { path: /, ${route} upstream: '${backend.url}' }
      - { exact: /health, respond: { body: ok } }
log: { access: off }
`;
}

function attempt(
  t: AfterHook,
  gateway: TestGateway,
  identity: CertificateFiles | undefined,
  facts: Partial<TlsAttempt> = {},
): Promise<TlsOutcome> {
  return attemptTls(t, { port: gateway.port(), ca: root.certificate, identity, ...facts });
}

const sha256Of = ({ certificate }: CertificateFiles): string =>
  new X509Certificate(readFileSync(certificate)).fingerprint256.replaceAll(':', '').toLowerCase();

/** The line of the log about this certificate, said already or still to come. */
async function refusalOf(gateway: TestGateway, files: CertificateFiles) {
  const sha256 = sha256Of(files);
  return gateway.lineWhere(({ certificate }) => (certificate as { sha256?: string } | undefined)?.sha256 === sha256);
}

test('a rule of `deny` wins over one of `allow`; whom nothing matches is refused too', async (t) => {
  const route = 'allow: [{ organization: Company A }], deny: [{ commonName: trainee-* }],';
  const gateway = await startTestGateway(t, directory, configuration('verify: optional', '', route));
  assert.equal((await attempt(t, gateway, alice)).status, 200);
  const before = backend.heads.length;
  for (const [identity, why] of [
    [trainee, /^rule commonName "trainee-\*" in `deny` of route "\/" refuses subject CN=trainee-7,O=Company A, /],
    [bob, /^no rule of route "\/" allows subject CN=bob,O=Company B, /],
  ] as const) {
    const { status, text } = await attempt(t, gateway, identity);
    assert.equal(status, 403);
    assert.ok(!/trainee|Company|rule/.test(text), 'the client does not learn the rule');
    const line = await refusalOf(gateway, identity);
    assert.equal(line.code, 'not-allowed');
    assert.match(String(line.reason), why);
    assert.equal(line.rule, identity === trainee ? 'commonName "trainee-*"' : undefined);
  }
  assert.equal((await attempt(t, gateway, undefined)).status, 403, 'without a certificate no rule of `allow` holds');
  assert.equal(backend.heads.length, before, 'nothing was forwarded');
  assert.equal((await attempt(t, gateway, trainee, { path: '/health' })).status, 200, 'another route, other rules');
});

test('`deny` of a server holds on every route', async (t) => {
  const gateway = await startTestGateway(
    t,
    directory,
    configuration('verify: optional', 'deny: [{ organization: Company B }]'),
  );
  for (const path of ['/', '/health', '/x']) {
    assert.equal((await attempt(t, gateway, alice, { path })).status, 200);
    assert.equal((await attempt(t, gateway, undefined, { path })).status, 200);
    assert.equal((await attempt(t, gateway, bob, { path })).status, 403);
  }
  const line = await refusalOf(gateway, bob);
  assert.match(String(line.reason), /^rule organization "Company B" in `deny` of server /);
});

test('a rule that comes by reload holds for connections that are open', async (t) => {
  const gateway = await startTestGateway(t, directory, configuration('verify: required'));
  const client = await connectRaw(t, { port: gateway.port() }, clientOptions(alice));
  client.send('GET /one HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await client.until('\r\n\r\nok');
  assert.ok(await gateway.reconfigure(configuration('verify: required', 'deny: [{ commonName: alice }]')));
  client.send('GET /two HTTP/1.1\r\nHost: localhost\r\n\r\n');
  assert.match(await client.until('HTTP/1.1 403 '), /200 OK/);
  assert.ok(!backend.heads.some((head) => head.startsWith('GET /two ')));
});

function clientOptions({ certificate, key }: CertificateFiles) {
  return {
    ca: readFileSync(root.certificate),
    cert: readFileSync(certificate),
    key: readFileSync(key),
    servername: 'localhost',
  };
}

for (const [depth, admitted] of [
  [0, [true, false, false]],
  [1, [true, true, false]],
  [2, [true, true, true]],
] as const) {
  test(`a depth of ${depth} admits what has at most as many CAs above it, whatever else is sent`, async (t) => {
    const gateway = await startTestGateway(t, directory, configuration(`depth: ${depth}`));
    for (const [between, identity] of below.entries()) {
      const { status } = await attempt(t, gateway, identity, { chain, version: 'TLSv1.2' });
      assert.equal(status, admitted[between] === true ? 200 : 0, `${between} CAs in between`);
      if (admitted[between] === true) continue;
      const line = await refusalOf(gateway, identity);
      assert.deepEqual([line.code, line.verify_error], ['client-certificate-invalid', 'certificate chain too long']);
    }
  });
}

test('a chain that was too long once does not come in by a session', async (t) => {
  const yaml = configuration('depth: 1, refuse: http, verify: optional');
  const gateway = await startTestGateway(t, directory, yaml);
  for (const version of tlsVersions) {
    const refused = await attempt(t, gateway, below[2], { chain, version });
    assert.equal(refused.status, 400);
    const again = await attempt(t, gateway, below[2], { chain, version, session: refused.session });
    assert.deepEqual([again.status, again.resumed], [400, false]);
    const good = await attempt(t, gateway, below[1], { chain, version });
    const back = await attempt(t, gateway, below[1], { chain, version, session: good.session });
    assert.deepEqual([good.status, back.status, back.resumed], [200, 200, false]);
  }
});

test('a depth that comes by reload holds for connections that are open', async (t) => {
  const gateway = await startTestGateway(t, directory, configuration('depth: 2'));
  const client = await connectRaw(
    t,
    { port: gateway.port() },
    {
      ...clientOptions(below[2]),
      cert: [below[2].certificate, ...chain].map((file) => readFileSync(file, 'latin1')).join('\n'),
    },
  );
  client.send('GET /deep HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await client.until('\r\n\r\nok');
  assert.ok(await gateway.reconfigure(configuration('depth: 1')));
  await client.closed;
  assert.equal((await refusalOf(gateway, below[2])).verify_error, 'certificate chain too long');
});

test('a certificate that names no purpose is refused where it must, with the purpose in the log', async (t) => {
  const gateway = await startTestGateway(t, directory, configuration('requireClientAuthEku: true'));
  assert.equal((await attempt(t, gateway, alice)).status, 200);
  assert.equal((await attempt(t, gateway, anybody)).status, 0);
  const line = await refusalOf(gateway, anybody);
  assert.equal(line.code, 'client-certificate-invalid');
  assert.match(String(line.reason), /clientAuth is missing/);
  assert.match(String(line.advice), /extended key usage clientAuth/);
  assert.ok(await gateway.reconfigure(configuration('requireClientAuthEku: false')));
  assert.equal((await attempt(t, gateway, anybody)).status, 200, 'by default it will do');
});

test('nor does it come in by a session, whichever version of TLS', async (t) => {
  const yaml = configuration('requireClientAuthEku: true, refuse: http, verify: optional');
  const gateway = await startTestGateway(t, directory, yaml);
  for (const version of tlsVersions) {
    const refused = await attempt(t, gateway, anybody, { version });
    assert.ok(refused.session !== undefined);
    const again = await attempt(t, gateway, anybody, { version, session: refused.session });
    assert.deepEqual([refused.status, again.status, again.resumed], [400, 400, true]);
    const good = await attempt(t, gateway, alice, { version });
    const back = await attempt(t, gateway, alice, { version, session: good.session });
    assert.deepEqual([good.status, back.status, back.resumed], [200, 200, true]);
  }
});

test('a purpose that is asked for by reload ends the connections that lack it', async (t) => {
  const gateway = await startTestGateway(t, directory, configuration(''));
  const client = await connectRaw(t, { port: gateway.port() }, clientOptions(anybody));
  client.send('GET /any HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await client.until('\r\n\r\nok');
  assert.ok(await gateway.reconfigure(configuration('requireClientAuthEku: true')));
  await client.closed;
  assert.match(String((await refusalOf(gateway, anybody)).verify_error), /clientAuth is missing/);
});
