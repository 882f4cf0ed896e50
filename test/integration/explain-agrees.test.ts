// What `explain` says is what the running gateway does: certificates × configurations × paths, each asked twice, once
// without a connection and once over real TLS.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { type AdmissionAnswer, explainAdmission } from '../../src/explain/explain-admission.ts';
import { readClientFile } from '../../src/explain/read-client-file.ts';
import { rehearseGeneration } from '../../src/gateway/rehearse.ts';
import {
  type CertificateFiles,
  makeCa,
  makeCertificate,
  makeCrl,
  runOpenssl,
  temporaryDirectory,
} from '../support/openssl.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';
import { showCertificate, shownFile } from '../support/show-certificate.ts';
import { startTestGateway } from '../support/test-gateway.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca', { subject: '/O=Company B/CN=Root CA' });
const namesake = makeCa(directory, 'namesake', { subject: '/O=Company B/CN=Root CA' });
const otherCa = makeCa(directory, 'other-ca', { subject: '/O=Company C/CN=Other CA' });
const intermediate = makeCa(directory, 'intermediate', { ca, subject: '/O=Company B/CN=Intermediate CA' });
const narrow = makeCa(directory, 'narrow', { ca, subject: '/O=Company B/CN=Narrow CA', pathLength: 0 });
const tooDeep = makeCa(directory, 'too-deep', { ca: narrow, subject: '/O=Company B/CN=Too deep CA' });
const expiredCa = makeCa(directory, 'expired-ca', {
  subject: '/O=Company D/CN=Expired CA',
  notBefore: new Date('2024-01-01T00:00:00Z'),
  notAfter: new Date('2025-01-01T00:00:00Z'),
});
const server = makeCertificate(directory, { ca, name: 'server', san: 'DNS:localhost', eku: 'serverAuth' });

interface Client {
  readonly identity: CertificateFiles;
  /** Sent behind it. */
  readonly chain?: readonly string[];
}

type Options = Partial<Parameters<typeof makeCertificate>[1]>;

const clientOf = (name: string, options: Options = {}, chain: readonly string[] = []): Client => {
  const subject = `/O=Company A/CN=${name}`;
  return { identity: makeCertificate(directory, { ca, name, subject, eku: 'clientAuth', ...options }), chain };
};

const newEcKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

/** A request of its own, signed as the classic command does it. */
function signedBy(name: string, newKey: readonly string[], sign: readonly string[]): Client {
  const [certificate, key, csr] = ['crt', 'key', 'csr'].map((suffix) => join(directory, `${name}.${suffix}`)) as [
    string,
    string,
    string,
  ];
  runOpenssl(['req', '-new', '-nodes', ...newKey, '-subj', `/O=Company A/CN=${name}`, '-keyout', key, '-out', csr]);
  const issuer = ['-CA', ca.certificate, '-CAkey', ca.key, '-CAcreateserial'];
  runOpenssl(['x509', '-req', '-in', csr, ...issuer, '-out', certificate, '-days', '30', ...sign]);
  return { identity: { certificate, key } };
}

const signerOnly = join(directory, 'signer-only.ext');
writeFileSync(signerOnly, 'keyUsage = keyCertSign\n');
const revoked = clientOf('client-revoked');
const clients: Readonly<Record<string, Client>> = {
  good: clientOf('client-a'),
  'of another company': clientOf('client-x', { subject: '/O=Company X/CN=client-x' }),
  'without a purpose': {
    identity: makeCertificate(directory, { ca, name: 'client-any', subject: '/O=Company A/CN=client-any' }),
  },
  'for servers': clientOf('client-s', { eku: 'serverAuth' }),
  'for servers and clients': clientOf('client-sc', { eku: ['serverAuth', 'clientAuth'] }),
  'for any purpose': clientOf('client-ap', { eku: 'anyExtendedKeyUsage' }),
  'that may only sign certificates': signedBy('client-ks', newEcKey, ['-sha256', '-extfile', signerOnly]),
  expired: clientOf('client-old', { notBefore: new Date('2024-01-01Z'), notAfter: new Date('2025-01-01Z') }),
  'not valid yet': clientOf('client-new', { notBefore: new Date('2098-01-01Z'), notAfter: new Date('2099-01-01Z') }),
  'of another CA': clientOf('client-o', { ca: otherCa }),
  'of a CA of the same name': clientOf('client-n', { ca: namesake }),
  'self-signed': {
    identity: makeCertificate(directory, { name: 'client-self', subject: '/O=Company A/CN=client-self' }),
  },
  'self-signed and pinned': {
    identity: makeCertificate(directory, { name: 'client-pinned', subject: '/O=Company A/CN=client-pinned' }),
  },
  'of an intermediate CA': clientOf('client-i', { ca: intermediate }, [intermediate.certificate]),
  'of an intermediate CA that is not sent': clientOf('client-j', { ca: intermediate }),
  'of a CA below one that allows none': clientOf('client-d', { ca: tooDeep }, [
    tooDeep.certificate,
    narrow.certificate,
  ]),
  'of a leaf that plays the CA': clientOf(
    'client-l',
    {
      ca: { ...ca, ...server },
    },
    [server.certificate],
  ),
  'of an expired CA': clientOf('client-e', { ca: expiredCa }),
  revoked,
  'with a weak key': signedBy('client-weak', ['-newkey', 'rsa:1024'], ['-sha256']),
  'signed with SHA-1': signedBy('client-sha1', newEcKey, ['-sha1']),
  'of version 1': signedBy('client-v1', newEcKey, ['-sha256']),
  'with Ed25519': clientOf('client-ed', { keyType: 'ed25519' }),
  'with names that fit into no header': clientOf('client-huge', {
    subject: `/O=Company A/CN=client-huge${Array.from({ length: 80 }, (_, i) => `/OU=${i}${'x'.repeat(60)}`).join('')}`,
  }),
};

const anchors = join(directory, 'anchors.pem');
const pinned = (clients['self-signed and pinned'] as Client).identity.certificate;
writeFileSync(
  anchors,
  [ca.certificate, pinned, expiredCa.certificate].map((file) => readFileSync(file, 'utf8')).join(''),
);

const past = { thisUpdate: new Date('2024-01-01Z'), nextUpdate: new Date('2025-01-01Z') };
const crls = {
  root: makeCrl(ca, { revoked: [revoked.identity.certificate] }),
  intermediate: makeCrl(intermediate),
  lapsed: makeCrl(ca, { name: 'lapsed', ...past }),
};

const routes = (upstream: string): object[] => [
  {
    path: '/',
    upstream,
    allow: [{ organization: 'Company B' }, { organization: 'Company A', commonName: 'client-*' }],
  },
  { path: '/any/', respond: { body: 'ok' } },
  { path: '/closed/', respond: { body: 'ok' }, allow: [] },
  { exact: '/dn', respond: { body: 'ok' }, allow: [{ dn: 'CN=client-a,O=Company A' }] },
];
const openRoutes = (upstream: string): object[] => [
  { path: '/', upstream, clients: 'required', allow: [{ organization: 'Company A' }] },
  { path: '/optional/', upstream },
  { path: '/optional/rule', respond: { body: 'ok' }, allow: [{ commonName: 'client-a' }] },
  { path: '/none/', clients: 'none', respond: { body: 'ok' } },
];
const paths = ['/', '/any/x?y=1', '/closed/', '/dn', '//any/../x', '/ANY/'];
const openPaths = ['/', '/optional/', '/optional/rule', '/none/'];

const deniedRoutes = (upstream: string): object[] => [
  { path: '/', upstream, deny: [{ organization: 'Company X' }] },
  { path: '/both/', upstream, allow: [{ organization: 'Company A' }], deny: [{ commonName: 'client-a' }] },
];

interface Setup {
  /** Keys of `tls.clients`. */
  readonly clients: object;
  /** The rules of the server's `deny`. */
  readonly deny?: readonly object[];
  readonly routes: (upstream: string) => object[];
  readonly paths: readonly string[];
}

const configurations: Readonly<Record<string, Setup>> = {
  'refused in the handshake': { clients: {}, routes, paths },
  'refused by HTTP': { clients: { refuse: 'http' }, routes, paths },
  'with revocation lists': { clients: { crl: [crls.root, crls.intermediate] }, routes, paths: ['/'] },
  'with the list of the root alone': { clients: { crl: crls.root }, routes, paths: ['/'] },
  'with a list that has lapsed': { clients: { crl: crls.lapsed }, routes, paths: ['/'] },
  'with a list that has lapsed and is kept': {
    clients: { crl: crls.lapsed, onCrlExpired: 'keep' },
    routes,
    paths: ['/'],
  },
  'with lists that are kept': {
    clients: { crl: [crls.root, crls.intermediate], onCrlExpired: 'keep' },
    routes,
    paths: ['/'],
  },
  optional: { clients: { verify: 'optional' }, routes: openRoutes, paths: openPaths },
  'optional, refused by HTTP': {
    clients: { verify: 'optional', refuse: 'http' },
    routes: openRoutes,
    paths: openPaths,
  },
  'where routes deny': { clients: {}, routes: deniedRoutes, paths: ['/', '/both/'] },
  'where the server denies': {
    clients: { verify: 'optional' },
    deny: [{ organization: 'Company X' }, { commonName: 'client-s*' }],
    routes: openRoutes,
    paths: openPaths,
  },
  'where nothing may stand above a client but the root': { clients: { depth: 0 }, routes, paths: ['/'] },
  'where a client must name its purpose': { clients: { requireClientAuthEku: true }, routes, paths: ['/'] },
};

for (const [name, { clients: keys, deny, routes: routesTo, paths: asked }] of Object.entries(configurations)) {
  describe(`a server: ${name}`, () => {
    test('explain and the gateway agree on every certificate and path', async (t) => {
      const folder = mkdtempSync(join(directory, 'gateway-'));
      const backend = await createRecordingBackend(t);
      const document = {
        servers: [
          {
            listen: '127.0.0.1:0',
            names: 'localhost',
            tls: { certificate: server.certificate, key: server.key, clients: { ca: anchors, ...keys } },
            deny,
            routes: routesTo(backend.url),
          },
        ],
        log: { access: 'off' },
      };
      const gateway = await startTestGateway(t, folder, JSON.stringify(document));
      const generation = rehearseGeneration(loadConfig(gateway.configFile), () => Date.now());
      let admitted = 0;
      let tried = 0;
      for (const [what, client] of Object.entries(clients)) {
        const chain = readClientFile(shownFile(client), what);
        // Of most certificates one path says all; which it is differs, and the version of TLS with it.
        const thorough = what === 'good' || what === 'of another company';
        for (const [index, path] of asked.entries()) {
          if (!thorough && index !== tried % asked.length) continue;
          tried += 1;
          const answer = explainAdmission({ generation, chain, host: 'localhost', path, now: new Date() });
          const version = tried % 3 === 0 ? 'TLSv1.3' : 'TLSv1.2';
          const outcome = await showCertificate({ port: gateway.port(), ...client, path, version });
          const context = `${what}, ${path}: explain says "${answer.text}", the gateway ${outcome.status}`;
          assert.equal(outcome.status, answer.admitted ? 200 : (answer.refusal?.status ?? 0), context);
          if (answer.admitted) admitted += 1;
          else {
            const line = await gateway.lineWhere((one) => one.port === outcome.clientPort && one.code !== undefined);
            assert.equal(line.code, answer.refusal?.code, context);
          }
          assertWellWorded(answer, context);
        }
      }
      assert.ok((admitted > 0 && admitted < Object.keys(clients).length * asked.length) || name.includes('lapsed'));
    });
  });
}

function assertWellWorded({ admitted, text, advice, steps }: AdmissionAnswer, context: string): void {
  assert.equal(typeof advice, admitted ? 'undefined' : 'string', context);
  assert.equal(text.startsWith('admitted: '), admitted);
  assert.ok(!/[\n]|undefined|\.$/.test(text), context);
  const failed = steps.filter(({ outcome }) => outcome === 'failed');
  if (!admitted) assert.ok(failed.length > 0, context);
}
