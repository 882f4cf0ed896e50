// The words of an answer: what stands in the way first, and how to mend it. That the answers are right is tested against
// the running gateway.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { loadConfig } from '../../../src/config/load.ts';
import { type AdmissionAnswer, explainAdmission } from '../../../src/explain/explain-admission.ts';
import { readClientFile } from '../../../src/explain/read-client-file.ts';
import { rehearseGeneration } from '../../../src/gateway/rehearse.ts';
import { type CertificateFiles, makeCa, makeCertificate, makeCrl, temporaryDirectory } from '../../support/openssl.ts';
import { assertRefused } from '../../support/refusal.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca', { subject: '/O=Company B/CN=Root CA' });
const namesake = makeCa(directory, 'namesake', { subject: '/O=Company B/CN=Root CA' });
const otherCa = makeCa(directory, 'other-ca', { subject: '/O=Company C/CN=Other CA' });
const intermediate = makeCa(directory, 'intermediate', { ca, subject: '/O=Company B/CN=Intermediate CA' });
const expiredCa = makeCa(directory, 'expired-ca', {
  subject: '/CN=Expired CA',
  notBefore: new Date('2024-01-01T00:00:00Z'),
  notAfter: new Date('2025-01-01T00:00:00Z'),
});
const server = makeCertificate(directory, { ca, name: 'server', san: 'DNS:localhost', eku: 'serverAuth' });

type Options = Partial<Parameters<typeof makeCertificate>[1]>;
const clientOf = (name: string, options: Options = {}): CertificateFiles =>
  makeCertificate(directory, { ca, name, subject: `/O=Company A/CN=${name}`, eku: 'clientAuth', ...options });

const good = clientOf('client-a');
const revoked = clientOf('revoked');
const crl = makeCrl(ca, { revoked: [revoked.certificate] });
const lapsed = makeCrl(ca, {
  name: 'lapsed',
  thisUpdate: new Date('2024-01-01T00:00:00Z'),
  nextUpdate: new Date('2025-01-01T00:00:00Z'),
});
const early = makeCrl(ca, {
  name: 'early',
  thisUpdate: new Date('2098-01-01T00:00:00Z'),
  nextUpdate: new Date('2099-01-01T00:00:00Z'),
});

interface Asked {
  readonly files?: readonly string[];
  readonly host?: string;
  readonly path?: string;
  /** Keys of `tls.clients`; undefined: no TLS. */
  readonly clients?: object | undefined;
  readonly routes?: readonly object[];
  readonly server?: object;
  /** More servers. */
  readonly servers?: readonly object[];
}

const upstream = 'http://127.0.0.1:3000';

function explain(asked: Asked = {}): AdmissionAnswer {
  const { files = [good.certificate], host, path = '/', routes = [{ path: '/', upstream }], servers = [] } = asked;
  const clients = 'clients' in asked ? asked.clients : {};
  const tls = { certificate: server.certificate, key: server.key, clients: { ca: ca.certificate, ...clients } };
  const first = { listen: '127.0.0.1:8443', names: 'b.example', ...(clients === undefined ? {} : { tls }), routes };
  const file = join(mkdtempSync(join(directory, 'config-')), 'mutual.yaml');
  writeFileSync(file, JSON.stringify({ servers: [{ ...first, ...asked.server }, ...servers] }));
  const now = new Date();
  const generation = rehearseGeneration(loadConfig(file), () => now.getTime());
  const chain = readClientFile(Buffer.concat(files.map((one) => readFileSync(one))), 'client.crt');
  return explainAdmission({ generation, chain, host, path, now });
}

/** @param text end of the answer */
function assertAnswer(answer: AdmissionAnswer, text: string, advice?: RegExp): void {
  assert.equal(answer.text, text);
  if (advice === undefined) assert.equal(answer.advice, undefined);
  else assert.match(answer.advice ?? '', advice);
}

describe('what is wrong with the certificate', () => {
  const before = 'refused in the TLS handshake: the certificate ';
  const cases: Readonly<Record<string, readonly [Asked, text: string, advice: RegExp]>> = {
    'it has expired': [
      {
        files: [clientOf('old', { notBefore: new Date('2024-01-01Z'), notAfter: new Date('2025-01-01Z') }).certificate],
      },
      `${before}expired on 2025-01-01T00:00:00.000Z`,
      /^renew it \("mutual ca renew NAME", or a new request to whoever issued it\)$/,
    ],
    'it is not valid yet': [
      {
        files: [clientOf('new', { notBefore: new Date('2098-01-01Z'), notAfter: new Date('2099-01-01Z') }).certificate],
      },
      `${before}is not valid before 2098-01-01T00:00:00.000Z`,
      /^compare the clocks of the CA and of this machine$/,
    ],
    'its CA has expired': [
      {
        files: [clientOf('orphan', { ca: expiredCa }).certificate],
        clients: { ca: expiredCa.certificate },
      },
      'refused in the TLS handshake: the CA certificate "CN=Expired CA" expired on 2025-01-01T00:00:00.000Z',
      /^the CA needs a new certificate; while it keeps its key and name/,
    ],
    'it is of another CA': [
      { files: [clientOf('foreign', { ca: otherCa }).certificate] },
      `${before}was signed by "CN=Other CA,O=Company C", which is not this CA`,
      /^have it issued by a CA in \S+ca\.crt \("CN=Root CA,O=Company B"\), or add "CN=Other CA,O=Company C" there; where a CA between/,
    ],
    'it is of another CA of the same name': [
      { files: [clientOf('forged', { ca: namesake }).certificate] },
      `refused in the TLS handshake: the certificate's signature is not by this "CN=Root CA,O=Company B", but by another CA of the same name, or it was changed`,
      /^have it issued by a CA in/,
    ],
    'the CA between is missing': [
      { files: [clientOf('below', { ca: intermediate }).certificate] },
      `${before}was signed by "CN=Intermediate CA,O=Company B", which is not this CA`,
      /the client has to send that one's certificate, too$/,
    ],
    'it is self-signed': [
      { files: [makeCertificate(directory, { name: 'selfish' }).certificate] },
      `${before}is self-signed, and not one that is trusted here`,
      /^have it issued by a CA in \S+: a client that signs for itself is admitted only if its own certificate stands there$/,
    ],
    'it is for servers': [
      { files: [clientOf('serving', { eku: 'serverAuth' }).certificate] },
      `${before}is good for a server only`,
      /^issue it anew for clients, with the extended key usage clientAuth/,
    ],
    'it is revoked': [
      { files: [revoked.certificate], clients: { crl } },
      `${before}is revoked`,
      /^issue a new certificate; a revoked one never counts again$/,
    ],
    'the revocation list has lapsed': [
      { clients: { crl: lapsed } },
      'refused in the TLS handshake: the revocation list of "CN=Root CA,O=Company B" lapsed on 2025-01-01T00:00:00.000Z: nobody of this CA is admitted',
      /^publish a new list \("mutual ca crl"\), or let a lapsed one count \(onCrlExpired: keep\)$/,
    ],
    'the revocation list does not count yet': [
      { clients: { crl: early } },
      'refused in the TLS handshake: the revocation list of "CN=Root CA,O=Company B" counts only from 2098-01-01T00:00:00.000Z on',
      /^compare the clocks/,
    ],
    'a CA has no revocation list': [
      { files: [clientOf('listed', { ca: intermediate }).certificate, intermediate.certificate], clients: { crl } },
      `refused in the TLS handshake: there is no revocation list of "CN=Intermediate CA,O=Company B" in ${crl}`,
      /^add one: as soon as there is one list, there has to be one of every CA above the client/,
    ],
    'it stands too far below the root': [
      { files: [clientOf('deep', { ca: intermediate }).certificate, intermediate.certificate], clients: { depth: 0 } },
      'refused in the TLS handshake: certificate chain too long',
      /or `depth` is too small$/,
    ],
  };
  for (const [what, [asked, text, advice]] of Object.entries(cases)) {
    test(what, () => {
      const answer = explain(asked);
      assertAnswer(answer, text, advice);
      assert.deepEqual(answer.refusal, { code: 'client-certificate-invalid', status: undefined });
    });
  }

  test('the first obstacle is the answer, and the others are listed with it', () => {
    const files = [
      clientOf('hopeless', {
        ca: otherCa,
        eku: 'serverAuth',
        notBefore: new Date('2024-01-01Z'),
        notAfter: new Date('2025-01-01Z'),
      }).certificate,
    ];
    const answer = explain({ files });
    assert.match(answer.text, /was signed by "CN=Other CA/);
    const failed = answer.steps.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
    assert.deepEqual(failed, ['chain', 'dates', 'purpose']);
  });

  test('by HTTP it is refused with a status', () => {
    const answer = explain({ files: [clientOf('http', { ca: otherCa }).certificate], clients: { refuse: 'http' } });
    assert.match(answer.text, /^refused with 400: the certificate was signed by/);
    assert.deepEqual(answer.refusal, { code: 'client-certificate-invalid', status: 400 });
  });
});

describe('who is admitted, and why', () => {
  test('by a rule', () => {
    const routes = [{ path: '/', upstream, allow: [{ organization: 'X' }, { commonName: 'client-*' }] }];
    const answer = explain({ routes });
    assertAnswer(answer, 'admitted: the certificate counts, and a rule of route "/" holds: commonName "client-*"');
    assert.equal(answer.rule, 'commonName "client-*"');
    assert.equal(answer.identified, true);
    assert.equal(answer.url, 'https://b.example/');
  });
  test('without a rule', () => {
    assertAnswer(explain(), 'admitted: the certificate counts, and route "/" takes every client whose does');
  });
  test('without a certificate, where none is needed', () => {
    const answer = explain({
      clients: { verify: 'optional', refuse: 'http' },
      routes: [{ path: '/', clients: 'none', upstream }],
      files: [revoked.certificate, otherCa.certificate],
    });
    assertAnswer(answer, 'admitted: nobody needs a certificate on route "/"');
    assert.equal(answer.identified, false);
  });
  test('with a bad certificate, where none is needed', () => {
    const answer = explain({
      clients: { verify: 'optional', refuse: 'http' },
      routes: [{ path: '/', clients: 'none', upstream }],
      files: [clientOf('needless', { eku: 'serverAuth' }).certificate],
    });
    assertAnswer(
      answer,
      'admitted: nobody needs a certificate on route "/" (where one is needed this one would not count: the certificate is good for a server only)',
    );
  });
  test('by a server that asks nobody', () => {
    const answer = explain({ clients: { verify: 'none', ca: undefined } });
    assertAnswer(answer, 'admitted: nobody needs a certificate on route "/"');
    assert.deepEqual(
      answer.steps.map(({ name }) => name),
      ['server', 'route', 'rule'],
    );
  });
  test('by a plain listener', () => {
    const answer = explain({ clients: undefined });
    assertAnswer(answer, 'admitted: plain HTTP is spoken there, and whoever reaches it is let in');
    assert.equal(answer.url, 'http://b.example/');
  });
});

describe('what stands in the way of a good certificate', () => {
  test('no rule holds', () => {
    const answer = explain({ routes: [{ path: '/', upstream, allow: [{ organization: 'Company X' }] }] });
    assertAnswer(
      answer,
      'refused with 403: no rule of route "/" holds for the certificate',
      /^add a rule for it under `allow`: \{ dn: "CN=client-a,O=Company A" \}$/,
    );
    assert.deepEqual(answer.steps.at(-1)?.details, [
      'rule 1: its organization (O) is "Company A": "Company X" is wanted',
    ]);
    assert.deepEqual(answer.refusal, { code: 'not-allowed', status: 403 });
  });
  test('nobody is allowed', () => {
    const answer = explain({ routes: [{ path: '/', upstream, allow: [] }] });
    assertAnswer(answer, 'refused with 403: the route admits nobody (allow: [])', /^name under `allow` who may, or/);
  });
  test('no route', () => {
    const answer = explain({
      path: '/b',
      routes: [
        { path: '/a/', upstream },
        { exact: '/x', upstream },
      ],
    });
    assertAnswer(
      answer,
      'refused with 404: no route of b.example takes /b',
      /^add a route for it, or ask for a path of one that there is: "\/a\/", "= \/x"$/,
    );
  });
  test('a path that could be read in two ways', () => {
    const routes = [
      { path: '/', upstream },
      { path: '/admin/', upstream, allow: [] },
    ];
    const answer = explain({ path: '/x/..%2fadmin/', routes });
    assert.equal(answer.refusal?.code, 'target-ambiguous');
    assertAnswer(answer, answer.text, /^ask for the path in its plain form$/);
  });
  test('a certificate that is needed and not asked for by the server of the address', () => {
    const rest = { listen: '127.0.0.1:8443', tls: { certificate: server.certificate, key: server.key } };
    const answer = explain({
      host: '127.0.0.1',
      server: { names: ['b.example', '127.0.0.1'] },
      servers: [{ ...rest, routes: [{ path: '/', upstream }] }],
    });
    assert.equal(answer.refusal?.code, 'misdirected-request');
    assertAnswer(
      answer,
      answer.text,
      /^connect by name \(b\.example or 127\.0\.0\.1\): with an address no server name/,
    );
  });
  test('a name that fits into no header', () => {
    const subject = `/CN=huge${Array.from({ length: 70 }, (_, i) => `/OU=${i}${'x'.repeat(60)}`).join('')}`;
    const answer = explain({ files: [clientOf('huge', { subject }).certificate] });
    assert.match(answer.text, /^refused with 400: the subject of the client certificate takes \d+ bytes as text/);
    assert.match(answer.advice ?? '', /^issue a certificate with a shorter name/);
  });
});

describe('which server is asked', () => {
  const serverText = (asked: Asked): string | undefined => explain(asked).steps[0]?.text;

  test('by default that of the first name with TLS', () => {
    const plain = { listen: '127.0.0.1:8080', routes: [{ path: '/', upstream }] };
    assert.equal(explain({ servers: [plain] }).url, 'https://b.example/');
    assert.equal(explain({ server: { names: '*.b.example' } }).url, 'https://www.b.example/');
    assert.equal(explain({ server: { names: undefined } }).url, 'https://localhost/');
  });
  test('what it asks of clients is told', () => {
    assert.equal(serverText({}), '"b.example" demands a certificate of every client');
    assert.match(
      serverText({ clients: { verify: 'optional' } }) ?? '',
      /asks every client for a certificate, and leaves/,
    );
    assert.match(serverText({ clients: { verify: 'none', ca: undefined } }) ?? '', /asks nobody for a certificate$/);
    assert.match(serverText({ clients: undefined }) ?? '', /takes plain HTTP and asks nobody for a certificate$/);
  });
  test("a host that is nobody's is left to somebody, and that is told", () => {
    assert.equal(
      serverText({ host: 'c.example' }),
      'no server is called "c.example": it is left to "b.example", which demands a certificate of every client',
    );
  });
  test('the port of the host decides between listeners', () => {
    const other = { listen: '127.0.0.1:9443', names: 'b.example', routes: [{ path: '/', upstream }] };
    assert.equal(explain({ host: 'b.example:9443', servers: [other] }).listener, '127.0.0.1:9443');
    assert.equal(explain({ host: 'b.example:8443', servers: [other] }).listener, '127.0.0.1:8443');
    assert.equal(explain({ host: 'b.example:443', servers: [other] }).listener, '127.0.0.1:8443');
  });
  test('what no client could ask for is no question', () => {
    assertRefused(() => explain({ path: 'orders' }), /^no client can ask for that: /, 'usage');
    assertRefused(() => explain({ host: 'b example' }), /^no client can ask for that: /, 'usage');
  });
});
