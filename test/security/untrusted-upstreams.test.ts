// Somebody else stands where the upstream should be: with a certificate of another authority, for another name, or out of
// date. It gets not one byte of the request, and the client learns nothing of what is behind the gateway.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { lastHead, parseResponse, valuesOf } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { type CertificateFiles, makeCa, makeCertificate, makeCrl } from '../support/openssl.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });
const { directory, ca } = certificates;
const dayMs = 86_400_000;
const namesake = makeCa(directory, 'namesake', { subject: '/O=Test/CN=ca' });
const otherCa = makeCa(directory, 'other-ca');

const ofBackend = (name: string, options: object = {}): CertificateFiles =>
  makeCertificate(directory, { ca, name, san: 'DNS:service.test', eku: 'serverAuth', ...options });

const good = ofBackend('good');
const revoked = ofBackend('revoked');
makeCrl(ca, { revoked: [revoked.certificate] });

const impostors: Readonly<Record<string, CertificateFiles>> = {
  'of another CA': ofBackend('other', { ca: otherCa }),
  'of a CA with the same name': ofBackend('same-name', { ca: namesake }),
  'signed by nobody': ofBackend('self-signed', { ca: undefined }),
  'for another name': ofBackend('wrong-name', { san: 'DNS:other.test' }),
  'with the name as common name alone': ofBackend('common-name', {
    subject: '/CN=service.test',
    san: 'DNS:other.test',
  }),
  'for a name below': ofBackend('below', { san: 'DNS:*.service.test' }),
  'that has expired': ofBackend('expired', {
    notBefore: new Date(Date.now() - 3 * dayMs),
    notAfter: new Date(Date.now() - dayMs),
  }),
  'that is not valid yet': ofBackend('early', {
    notBefore: new Date(Date.now() + dayMs),
    notAfter: new Date(Date.now() + 2 * dayMs),
  }),
  'of a client': ofBackend('of-client', { eku: 'clientAuth' }),
  'that is revoked': revoked,
};

const serviceTls = { ca: 'ca.crt', crl: 'ca.crl', serverName: 'service.test' };

/** What no client may read: addresses, names and reasons from behind the gateway. */
const secrets =
  /127\.0\.0\.1|service\.test|service1|certificate|expired|self.signed|issuer|ECONN|ERR_|ENOENT|socket|openssl|\.crt/i;

for (const [what, { certificate, key }] of Object.entries(impostors)) {
  test(`an upstream with a certificate ${what} gets nothing`, async (t) => {
    const backend = await createRecordingBackend(t, {
      tls: { cert: readFileSync(certificate), key: readFileSync(key) },
    });
    const front = await startFront(t, certificates, {
      upstreams: { service1: { servers: backend.url, tls: serviceTls } },
      routes: [{ path: '/', upstream: 'service1' }],
    });
    const text = await front.exchange(lastHead('GET /'));
    const response = parseResponse(text);
    assert.equal(response.status, 502);
    assert.doesNotMatch(text, secrets);
    assert.ok(!text.includes(`:${backend.port}`));
    assert.equal(backend.received, '');
    const line = await front.gateway.lineWhere(
      ({ code, request_id: id }) => code === 'upstream-tls-failed' && id !== undefined,
    );
    assert.ok(String(line.reason).includes(backend.url), String(line.reason));

    const upgrade = await front.exchange(lastHead('GET /', 'Upgrade: websocket').replace('close', 'Upgrade'));
    assert.equal(parseResponse(upgrade).status, 502);
    assert.doesNotMatch(upgrade, secrets);
    assert.equal(backend.received, '');
  });
}

test('one with the right certificate is asked, under its name', async (t) => {
  const names: (string | false | undefined)[] = [];
  const backend = await createRecordingBackend(t, {
    tls: {
      cert: readFileSync(good.certificate),
      key: readFileSync(good.key),
      SNICallback: (name, done) => {
        names.push(name);
        done(null);
      },
    },
  });
  const front = await startFront(t, certificates, {
    upstreams: { service1: { servers: backend.url, tls: serviceTls } },
    routes: [{ path: '/', upstream: 'service1' }],
  });
  assert.equal(parseResponse(await front.exchange(lastHead('GET /'))).status, 200);
  assert.deepEqual(names, ['service.test']);
  assert.deepEqual(valuesOf(headerLines(backend.heads[0] as string), 'x-ssl-client-verify'), ['SUCCESS']);
});

test('one that wants a certificate of ours sees it, and one that refuses it is not blamed on the client', async (t) => {
  const tls = {
    cert: readFileSync(good.certificate),
    key: readFileSync(good.key),
    requestCert: true,
    ca: readFileSync(ca.certificate),
  };
  const backend = await createRecordingBackend(t, { tls });
  const strict = await createRecordingBackend(t, { tls: { ...tls, ca: readFileSync(otherCa.certificate) } });
  const own = { certificate: 'client-a.crt', key: 'client-a.key' };
  const front = await startFront(t, certificates, {
    upstreams: {
      service1: { servers: backend.url, tls: { ...serviceTls, ...own } },
      without: { servers: backend.url, tls: serviceTls },
      strict: { servers: strict.url, tls: { ...serviceTls, ...own } },
    },
    routes: [
      { path: '/', upstream: 'service1' },
      { path: '/without', upstream: 'without' },
      { path: '/strict', upstream: 'strict' },
    ],
  });
  assert.equal(parseResponse(await front.exchange(lastHead('GET /'))).status, 200);
  for (const path of ['/without', '/strict']) {
    const text = await front.exchange(lastHead(`GET ${path}`));
    assert.equal(parseResponse(text).status, 502);
    assert.doesNotMatch(text, secrets);
  }
  assert.equal(backend.heads.length, 1);
  assert.equal(strict.received, '');
});
