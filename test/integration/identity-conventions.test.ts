// What a service really receives, byte for byte, under each convention of identity headers: over real TLS, from clients
// with a chain, with hostile names, with headers of their own, on sessions that are resumed.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { parseItem, parseList } from 'structured-headers';
import { forgeCertificate } from '../support/forge-certificate.ts';
import { hostileChanges } from '../support/hostile-certificates.ts';
import {
  type AfterHook,
  type CertificateFiles,
  makeCa,
  makeCertificate,
  temporaryDirectory,
} from '../support/openssl.ts';
import { createRecordingBackend, headerLines, okResponse } from '../support/recording-backend.ts';
import { startTestGateway } from '../support/test-gateway.ts';
import { attemptTls, type TlsAttempt, type TlsOutcome, tlsVersions } from '../support/tls-client.ts';
import { readXfccByAll } from '../support/xfcc-reader.ts';

const directory = temporaryDirectory({ after });
const root = makeCa(directory, 'root');
const upper = makeCa(directory, 'upper', { ca: root });
const lower = makeCa(directory, 'lower', { ca: upper });
const stranger = makeCa(directory, 'stranger');
makeCertificate(directory, { ca: root, name: 'server', san: 'DNS:localhost,URI:spiffe://b.example/gateway' });
const client = makeCertificate(directory, {
  ca: lower,
  name: 'client',
  subject: '/O=Company A, Inc./CN=client',
  san: 'URI:spiffe://a.example/client,DNS:client.a.example',
  eku: 'clientAuth',
});
const leaf = new X509Certificate(readFileSync(client.certificate));
const [lowerDer, upperDer, rootDer] = [lower, upper, root].map(
  ({ certificate }) => new X509Certificate(readFileSync(certificate)).raw,
);
const chain = [lower.certificate, upper.certificate];

const conventions: Readonly<Record<string, string>> = {
  nginx: '{ conventions: nginx, nginxCertificate: true }',
  envoy: '{ conventions: envoy, envoy: { details: [subject, uri, dns, issuer] } }',
  'envoy-chain': '{ conventions: envoy, envoy: { details: [cert, chain] } }',
  append: '{ conventions: envoy, envoy: { mode: APPEND_FORWARD } }',
  rfc9440: '{ conventions: rfc9440, rfc9440: { chain: true } }',
  'aws-alb': 'aws-alb',
  passthrough: '{ conventions: aws-alb, awsAlb: { mode: passthrough } }',
  traefik: '{ conventions: traefik, traefik: { chain: true } }',
  several: '[traefik, nginx, rfc9440]',
  none: 'none',
};

const varied = 'HTTP/1.1 200 OK\r\nVary: Accept, Client-Cert\r\nContent-Length: 2\r\n\r\nok';
const hook = { after };
const backend = await createRecordingBackend(hook, {
  respond: (head) => (head.includes('/varied') ? varied : okResponse),
});
const routes = Object.entries(conventions).map(
  ([name, value]) => `      - { path: /${name}/, identityHeaders: ${value}, upstream: '${backend.url}' }`,
);
const tls = 'tls: { certificate: server.crt, key: server.key, clients: { ca: root.crt, verify: optional } }';
const gateway = await startTestGateway(
  hook,
  directory,
  `servers:
  - listen: 127.0.0.1:0
    ${tls}
    routes:
${routes.join('\n')}
  - listen: 127.0.0.1:0
    names: leaf-only.example
    ${tls}
    routes: [{ path: /, identityHeaders: [envoy, rfc9440, aws-alb, traefik], upstream: '${backend.url}' }]
log: { access: off }
`,
);
/** Of the server that tells no chains. */
const leafOnly = { serverName: 'leaf-only.example', host: 'leaf-only.example' };

type Attempt = Omit<TlsAttempt, 'port' | 'ca'>;

function attempt(t: AfterHook, facts: Attempt): Promise<TlsOutcome> {
  return attemptTls(t, { port: gateway.port(), ca: root.certificate, ...facts });
}

/** The header lines that the service gets for one request, names in lower case. */
async function received(t: AfterHook, facts: Attempt): Promise<Map<string, string[]>> {
  const seen = backend.heads.length;
  const { status, text } = await attempt(t, facts);
  assert.equal(status, 200, text);
  assert.equal(backend.heads.length, seen + 1);
  const headers = new Map<string, string[]>();
  for (const line of headerLines(backend.heads[seen] ?? '')) {
    assert.match(line, /^[A-Za-z0-9-]+: [\x20-\x7e]*$/);
    const [, name = '', value = ''] = /^([^:]+): (.*)$/.exec(line) ?? [];
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value]);
  }
  return headers;
}

const identity = { identity: client, chain };
const blocks = (pem: string): Buffer[] =>
  (pem.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----\n/g) ?? []).map((block) => new X509Certificate(block).raw);
const bytes = (value: unknown): Buffer => Buffer.from(value as ArrayBuffer);
const only = (headers: Map<string, string[]>, name: string): string => {
  const values = headers.get(name) ?? [];
  assert.equal(values.length, 1, `${name}: ${values.length} times`);
  return values[0] as string;
};

for (const version of tlsVersions) {
  test(`${version}: the chain that the client sent is told by every convention that can, the whole of it`, async (t) => {
    const facts = { ...identity, version };
    const all = [leaf.raw, lowerDer, upperDer];
    const [envoy] = readXfccByAll(
      only(await received(t, { ...facts, path: '/envoy-chain/' }), 'x-forwarded-client-cert'),
    );
    const pairs = new Map(envoy);
    assert.deepEqual(blocks(decodeURIComponent(pairs.get('Cert') ?? '')), [leaf.raw]);
    assert.deepEqual(blocks(decodeURIComponent(pairs.get('Chain') ?? '')), all);

    const rfc9440 = await received(t, { ...facts, path: '/rfc9440/' });
    assert.ok(bytes(parseItem(only(rfc9440, 'client-cert'))[0]).equals(leaf.raw));
    assert.deepEqual(
      parseList(only(rfc9440, 'client-cert-chain')).map(([value]) => bytes(value)),
      [lowerDer, upperDer],
    );

    const traefik = only(await received(t, { ...facts, path: '/traefik/' }), 'x-forwarded-tls-client-cert');
    assert.deepEqual(
      traefik.split(',').map((part) => Buffer.from(part, 'base64')),
      all,
    );

    const aws = only(await received(t, { ...facts, path: '/passthrough/' }), 'x-amzn-mtls-clientcert');
    assert.deepEqual(blocks(decodeURIComponent(aws)), all);
  });
}

test('what does not belong to the chain is not told with it', async (t) => {
  const junk = [stranger.certificate, upper.certificate, lower.certificate, root.certificate, stranger.certificate];
  const headers = await received(t, { identity: client, chain: junk, path: '/rfc9440/' });
  const told = parseList(only(headers, 'client-cert-chain')).map(([value]) => bytes(value));
  assert.deepEqual(told, [lowerDer, upperDer, rootDer]);
});

test('a server that tells chains resumes no session, one that does not resumes them and tells the client all the same', async (t) => {
  for (const version of tlsVersions) {
    const first = await attempt(t, { ...identity, version, path: '/rfc9440/' });
    const again = await attempt(t, { ...identity, version, path: '/rfc9440/', session: first.session });
    assert.deepEqual([first.status, again.status, again.resumed], [200, 200, false]);

    const { session } = await attempt(t, { ...identity, ...leafOnly, version });
    const seen = backend.heads.length;
    const resumed = await attempt(t, { ...identity, ...leafOnly, version, session });
    assert.deepEqual([resumed.status, resumed.resumed], [200, true]);
    const head = backend.heads[seen] ?? '';
    assert.ok(head.includes(`Client-Cert: :${leaf.raw.toString('base64')}:`));
    assert.ok(head.includes(`X-Forwarded-Tls-Client-Cert: ${leaf.raw.toString('base64')}\r\n`));
    assert.ok(!/chain/i.test(head));
  }
});

test('envoy: the gateway names itself, the client and its certificate', async (t) => {
  const headers = await received(t, { ...identity, path: '/envoy/' });
  assert.equal(
    only(headers, 'x-forwarded-client-cert'),
    `By=spiffe://b.example/gateway;Hash=${leaf.fingerprint256.replaceAll(':', '').toLowerCase()};` +
      'Subject="CN=client,O=Company A\\, Inc.";URI=spiffe://a.example/client;DNS=client.a.example;Issuer="CN=lower,O=Test"',
  );
});

test('several conventions at once, and each says the same', async (t) => {
  const headers = await received(t, { ...identity, path: '/several/' });
  assert.equal(only(headers, 'x-ssl-client-verify'), 'SUCCESS');
  assert.equal(only(headers, 'x-ssl-client-s-dn'), 'CN=client,O=Company A\\, Inc.');
  assert.ok(bytes(parseItem(only(headers, 'client-cert'))[0]).equals(leaf.raw));
  assert.equal(only(headers, 'x-forwarded-tls-client-cert'), leaf.raw.toString('base64'));
  assert.match(
    decodeURIComponent(only(headers, 'x-forwarded-tls-client-cert-info')),
    /^Subject="O=Company\+A%2C\+Inc\.,CN=client";/,
  );
});

const forged = [
  'X-Forwarded-Client-Cert: By=spiffe://evil;Hash=00;Subject="CN=admin"',
  'Client-Cert: :YQ==:',
  'client-cert-chain: :YQ==:',
  'X-Amzn-Mtls-Clientcert-Subject: CN=admin',
  'x-amzn-mtls-clientcert: admin',
  'X-Forwarded-Tls-Client-Cert: YQ==',
  'X-Forwarded-Tls-Client-Cert-Info: Subject%3D%22CN%3Dadmin%22',
  'X_Forwarded_Client_Cert: Hash=00',
  'X-SSL-Client-Verify: SUCCESS',
];

for (const [name] of Object.entries(conventions)) {
  test(`${name}: what a client claims of itself never arrives, with a certificate and without`, async (t) => {
    const claimed = /evil|admin|YQ==|Hash=00/;
    for (const facts of [identity, {}]) {
      const headers = await received(t, { ...facts, path: `/${name}/`, headers: forged });
      const all = [...headers].flatMap(([key, values]) => values.map((value) => `${key}: ${value}`));
      if (name === 'append' && 'identity' in facts) {
        // The one mode in which it counts: for a verified client, and ours comes last.
        const elements = readXfccByAll(only(headers, 'x-forwarded-client-cert'));
        assert.equal(elements.length, 2);
        assert.equal(new Map(elements.at(-1)).get('URI'), 'spiffe://a.example/client');
        continue;
      }
      assert.ok(!claimed.test(all.join('\n')), all.join('\n'));
      if (!('identity' in facts)) {
        const told = all.filter((line) => /cert|ssl/.test(line.replace(/:.*/, '')));
        const verdict = ['nginx', 'several'].includes(name) ? ['x-ssl-client-verify: NONE'] : [];
        assert.deepEqual(told, verdict);
      }
    }
  });
}

const deceivers: readonly [what: string, names: Parameters<typeof hostileChanges>[0]][] = [
  ['line breaks', { commonName: 'a\r\nX-SSL-Client-Verify: SUCCESS\r\nX-Admin: 1', organization: 'a\nCN=admin' }],
  ['NUL', { commonName: 'client\0CN=admin', uri: ['spiffe://a.example/client'] }],
  [
    'quotes, commas, semicolons',
    { commonName: 'a",By=evil;Hash=00;Subject="CN=admin', organization: '","CN=admin";NB="0' },
  ],
  [
    'a URI that ends an element',
    { commonName: 'x', uri: ['spiffe://a.example/x,By=evil;Hash=00', 'urn:"x",By=evil;URI="y'] },
  ],
  ['backslashes', { commonName: 'a\\', organization: 'a\\\\";URI=spiffe://a.example/admin;X="' }],
];

for (const [what, names] of deceivers) {
  test(`a certificate with ${what} in its names arrives as one element, one line, one name`, async (t) => {
    const hostile: CertificateFiles = forgeCertificate(directory, 'hostile', client, lower.key, hostileChanges(names));
    const facts = { identity: hostile, chain };
    const { raw } = new X509Certificate(readFileSync(hostile.certificate));
    const elements = readXfccByAll(only(await received(t, { ...facts, path: '/envoy/' }), 'x-forwarded-client-cert'));
    assert.equal(elements.length, 1);
    const keys = elements[0]?.map(([key]) => key) ?? [];
    assert.deepEqual(keys.slice(0, 3), ['By', 'Hash', 'Subject']);
    assert.equal(keys.filter((key) => key === 'By').length, 1);

    const several = await received(t, { ...facts, path: '/several/' });
    assert.ok(bytes(parseItem(only(several, 'client-cert'))[0]).equals(raw));
    only(several, 'x-ssl-client-verify');
    const info = new URLSearchParams(`v=${only(several, 'x-forwarded-tls-client-cert-info')}`).get('v') ?? '';
    const fields = info.split(';').map((field) => /^([A-Za-z]+)="[^"]*"$/.exec(field)?.[1]);
    assert.deepEqual(
      fields.filter((key) => key !== 'SAN'),
      ['Subject', 'Issuer', 'SerialNumber', 'NB', 'NA'],
    );

    const aws = await received(t, { ...facts, path: '/aws-alb/' });
    assert.deepEqual(blocks(decodeURIComponent(only(aws, 'x-amzn-mtls-clientcert-leaf'))), [raw]);
  });
}

test('a name of 20 KB is refused under every convention, and served where none is told', async (t) => {
  const names = { commonName: 'x'.repeat(20_000) };
  const large = forgeCertificate(directory, 'large', client, lower.key, hostileChanges(names));
  for (const name of ['nginx', 'envoy', 'rfc9440', 'aws-alb', 'traefik']) {
    const seen = backend.heads.length;
    const { status } = await attempt(t, { identity: large, chain, path: `/${name}/` });
    assert.deepEqual([name, status, backend.heads.length], [name, 400, seen]);
  }
  assert.equal((await attempt(t, { identity: large, chain, path: '/none/' })).status, 200);
  const line = await gateway.lineWhere(({ msg }) => msg.includes('takes 20003 bytes as text'));
  assert.equal(line.code, 'client-certificate-invalid');
});

test('a response that varies on the client is stored by nobody', async (t) => {
  const { text } = await attempt(t, { ...identity, path: '/rfc9440/varied' });
  assert.match(text, /\r\nvary: \*\r\n/i);
  assert.doesNotMatch(text, /client-cert/i);
});
