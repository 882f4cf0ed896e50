// Traefik's two headers: its format for every ordinary name, and no field that a name could forge.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { TraefikHeadersConfig } from '../../../../../../src/config/schema.ts';
import { identityHeaders } from '../../../../../../src/gateway/forward/headers/identity-headers.ts';
import type { Certificate } from '../../../../../../src/x509/certificate.ts';
import { absent, readCertificate, rejected, verified } from '../../../../../support/exchange.ts';
import { hostileCertificate, hostileTexts } from '../../../../../support/hostile-certificates.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const root = makeCa(directory, 'root');
const ca = makeCa(directory, 'issuing', {
  ca: root,
  subject: '/C=FR/ST=SOME-STATE/O=Cheese/O=Cheese 2/CN=Simple Signing CA',
});
const notBefore = new Date('2025-01-06T11:10:16Z');
const notAfter = new Date('2124-12-06T11:10:16Z');
const certificate = readCertificate(
  makeCertificate(directory, {
    ca,
    name: 'client',
    subject:
      '/DC=org/DC=cheese/O=Cheese/OU=Simple Signing/CN=*.example.org/CN=*.example.com/C=FR/L=TOULOUSE/ST=SOME-STATE/serialNumber=17',
    san: 'DNS:*.example.org,DNS:*.example.net,email:test@example.org,IP:10.0.1.0,IP:2001:db8::1,URI:spiffe://a/b c'.replace(
      ' ',
      '%20',
    ),
    serial: '0F',
    notBefore,
    notAfter,
  }).certificate,
);
const issuing = new X509Certificate(readFileSync(ca.certificate));

const everything: TraefikHeadersConfig = { certificate: true, chain: false, info: true };

function told(of: Certificate, traefik = everything, sent?: readonly X509Certificate[]): Map<string, string> {
  const config = { conventions: ['traefik'], nginxCertificate: false, traefik } as const;
  return new Map(identityHeaders(verified(of, sent), config));
}

/** As Go's url.QueryUnescape does it, by the URL standard's reader of form data. */
function infoOf(of: Certificate): string {
  return new URLSearchParams(`v=${told(of).get('X-Forwarded-Tls-Client-Cert-Info')}`).get('v') ?? '';
}

/** A reader that takes quotes, semicolons and commas for what they are in this format, and escapes nothing. */
function readInfo(text: string): [key: string, parts: string[]][] {
  assert.match(text, /^[A-Za-z]+="[^"]*"(?:;[A-Za-z]+="[^"]*")*$/);
  return text.split(';').map((field) => {
    const [, key = '', value = ''] = /^([A-Za-z]+)="([^"]*)"$/.exec(field) ?? assert.fail(field);
    return [key, value.split(',')];
  });
}

test('the certificate is base64 on one line, with those that came with it where asked for', () => {
  const read = (text = ''): Buffer[] => text.split(',').map((part) => Buffer.from(part, 'base64'));
  const name = 'X-Forwarded-Tls-Client-Cert';
  assert.equal(told(certificate).get(name), certificate.pem().replaceAll(/-----[^-]+-----|\n/g, ''));
  assert.deepEqual(read(told(certificate).get(name)), [certificate.der]);
  const withChain = { ...everything, chain: true };
  assert.deepEqual(read(told(certificate, withChain, [issuing]).get(name)), [certificate.der, issuing.raw]);
  assert.equal(told(certificate, withChain).get(name), undefined, 'a chain that is not known is not told');
  assert.equal(told(certificate, { ...everything, certificate: false }).get(name), undefined);
});

test('the fields are those of Traefik, in its order, escaped as Go does it', () => {
  assert.equal(
    infoOf(certificate),
    'Subject="DC=org,DC=cheese,C=FR,ST=SOME-STATE,L=TOULOUSE,O=Cheese,OU=Simple Signing,SN=17,CN=*.example.com";' +
      'Issuer="C=FR,ST=SOME-STATE,O=Cheese,O=Cheese 2,CN=Simple Signing CA";SerialNumber="15";' +
      `NB="${notBefore.getTime() / 1000}";NA="${notAfter.getTime() / 1000}";` +
      'SAN="*.example.org,*.example.net,test@example.org,10.0.1.0,2001:db8::1,spiffe://a/b%2520c"',
  );
  const raw = told(certificate).get('X-Forwarded-Tls-Client-Cert-Info') ?? '';
  assert.match(
    raw,
    /^Subject%3D%22DC%3Dorg%2CDC%3Dcheese%2C.+OU%3DSimple\+Signing%2CSN%3D17%2CCN%3D%2A\.example\.com%22%3BIssuer/,
  );
  assert.match(raw, /^[A-Za-z0-9\-_.~+%]+$/);
  assert.equal(told(certificate, { ...everything, info: false }).size, 1);
});

test('an ordinary name beyond ASCII stands as itself', () => {
  const info = infoOf(hostileCertificate(certificate.x509, { organization: 'Bäckerei', commonName: 'Zürich 🦊' }));
  assert.match(info, /^Subject="O=Bäckerei,CN=Zürich 🦊";Issuer=/);
});

test('of anybody unverified nothing is told', () => {
  const config = { conventions: ['traefik'], nginxCertificate: false, traefik: everything } as const;
  for (const authentication of [absent, rejected('CERT_REVOKED', certificate)]) {
    assert.deepEqual(identityHeaders(authentication, config), []);
  }
});

function assertUnforged(of: Certificate, commonName: string): void {
  const fields = readInfo(infoOf(of));
  assert.deepEqual(
    fields.map(([key]) => key).filter((key) => key !== 'SAN'),
    ['Subject', 'Issuer', 'SerialNumber', 'NB', 'NA'],
  );
  const [, subject = []] = fields[0] ?? [];
  assert.deepEqual(subject.map(decodeURIComponent), [
    'O=Company A',
    ...(commonName === '' ? [] : [`CN=${commonName}`]),
  ]);
  assert.ok(!/[\u0000-\u001f\u007f]/.test(infoOf(of)));
}

for (const hostile of hostileTexts) {
  test(`no field is forged by ${JSON.stringify(hostile)}`, () => {
    const names = { organization: 'Company A', commonName: hostile, uri: [hostile], dns: [hostile], email: [hostile] };
    const of = hostileCertificate(certificate.x509, names);
    assertUnforged(of, hostile);
    const [, names2 = []] = readInfo(infoOf(of)).find(([key]) => key === 'SAN') ?? [];
    for (const name of names2) assert.equal(decodeURIComponent(name), hostile);
  });
}

test('no field is forged, whatever the name', () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom('"', ',', ';', '=', '%', '\n'), fc.string({ maxLength: 1 })),
  });
  fc.assert(
    fc.property(text, (commonName) => {
      assertUnforged(hostileCertificate(certificate.x509, { organization: 'Company A', commonName }), commonName);
    }),
    { seed: 8, numRuns: 400 },
  );
});
