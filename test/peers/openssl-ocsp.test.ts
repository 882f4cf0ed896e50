// The responder of the openssl program over HTTP, with the index of a CA that issued and revoked.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, type TestContext, test } from 'node:test';
import { createOcspClient, type OcspClient, type OcspClientOptions } from '../../src/credentials/ocsp-client.ts';
import { type Certificate, parseCertificates } from '../../src/x509/certificate.ts';
import { decideOcsp } from '../../src/x509/ocsp-verdict.ts';
import { type ResponderOptions, revoke, startOcspResponder, urlOf } from '../support/ocsp.ts';
import { type CertificateFiles, makeCa, makeCertificate, temporaryDirectory } from '../support/openssl.ts';

const minute = 60_000;
const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const other = makeCa(directory, 'other');
const issuer = certificateOf(ca);
const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => {
  const files = makeCertificate(directory, { ca, name });
  if (name !== 'alice') revoke(ca, files, name === 'carol' ? 'cessationOfOperation' : undefined);
  return certificateOf(files);
}) as [Certificate, Certificate, Certificate];
/** Signed by the CA, but missing in its index: as one that somebody else made with its key. */
const secret = certificateOf(makeCertificate(directory, { ca: { ...ca, database: other.database }, name: 'secret' }));

function certificateOf(files: CertificateFiles): Certificate {
  const [found] = parseCertificates(readFileSync(files.certificate), files.certificate);
  assert.ok(found);
  return found;
}

async function clientOf(
  t: TestContext,
  responder: ResponderOptions,
  options: Partial<OcspClientOptions> = {},
): Promise<OcspClient> {
  const peer = await startOcspResponder(t, ca, responder);
  const client = createOcspClient({ now: () => Date.now(), responder: urlOf(peer), ...options });
  t.after(() => client.close());
  return client;
}

async function reasonOf(client: OcspClient, certificate: Certificate): Promise<string> {
  const verdict = await client.check(certificate, issuer);
  assert.equal(verdict.kind, 'unavailable');
  assert.equal(decideOcsp(verdict, 'hard'), 'OCSP_VERIFY_FAILED');
  return verdict.reason;
}

test('good, revoked and unknown, all asked at once', async (t) => {
  const client = await clientOf(t, {});
  const asked = [alice, bob, carol, secret].map((certificate) => client.check(certificate, issuer));
  const [good, revoked, withReason, unknown] = await Promise.all(asked);
  assert.equal(good?.kind, 'good');
  assert.ok(revoked?.kind === 'revoked' && withReason?.kind === 'revoked');
  assert.equal(revoked.revocationReason, undefined);
  assert.equal(withReason.revocationReason, 'cessationOfOperation');
  assert.ok(Math.abs((revoked.revokedAt?.getTime() ?? 0) - Date.now()) < minute);
  assert.equal(unknown?.kind, 'unknown');
  assert.equal(client.cached(bob, issuer), revoked);
});

test('a certificate names its responder', async (t) => {
  let named: CertificateFiles | undefined;
  await startOcspResponder(t, ca, {}, (url) => {
    named = makeCertificate(directory, { ca, name: 'named', extensions: [`authorityInfoAccess = OCSP;URI:${url}`] });
  });
  assert.ok(named);
  const client = createOcspClient({ now: () => Date.now() });
  t.after(() => client.close());
  assert.equal((await client.check(certificateOf(named), issuer)).kind, 'good');
  assert.match(await reasonOf(client, alice), /names no http responder/);
});

test('a responder with a certificate of the CA for it, and one without', async (t) => {
  const extensions = ['extendedKeyUsage = OCSPSigning'];
  const delegate = makeCertificate(directory, { ca, name: 'delegate', extensions });
  const client = await clientOf(t, { signer: delegate });
  assert.equal((await client.check(alice, issuer)).kind, 'good');
  assert.equal((await client.check(bob, issuer)).kind, 'revoked');

  const plain = makeCertificate(directory, { ca, name: 'plain', eku: 'serverAuth' });
  assert.match(await reasonOf(await clientOf(t, { signer: plain }), alice), /CN=plain.*no OCSPSigning/);
});

test('a responder that another CA appointed', async (t) => {
  const extensions = ['extendedKeyUsage = OCSPSigning'];
  const foreign = makeCertificate(directory, { ca: other, name: 'foreign', extensions });
  assert.match(await reasonOf(await clientOf(t, { signer: foreign }), alice), /nor was it issued by that CA/);
});

test('a false signature', async (t) => {
  assert.match(await reasonOf(await clientOf(t, { args: ['-badsig'] }), alice), /signature is false/);
});

test('a clock that is wrong, and answers that have run out', async (t) => {
  const at =
    (offsetMs: number): (() => number) =>
    () =>
      Date.now() + offsetMs;
  const peer = await startOcspResponder(t, ca, { validity: ['-nmin', '1'] });
  const check = async (offsetMs: number): Promise<string> => {
    const client = createOcspClient({ now: at(offsetMs), responder: urlOf(peer) });
    t.after(() => client.close());
    const { kind, reason } = await client.check(alice, issuer);
    return `${kind}: ${reason}`;
  };
  assert.match(await check(0), /^good/);
  assert.match(await check(4 * minute), /^good/);
  assert.match(await check(-4 * minute), /^good/);
  assert.match(await check(7 * minute), /^unavailable.*ran out on/);
  assert.match(await check(-6 * minute), /^unavailable.*in the future/);
});

test('a responder that goes away keeps what it said', async (t) => {
  const client = await clientOf(t, { args: ['-nrequest', '1'] });
  assert.equal((await client.check(bob, issuer)).kind, 'revoked');
  assert.match(await reasonOf(client, alice), /ECONNREFUSED|socket hang up|ECONNRESET/);
  assert.equal((await client.check(bob, issuer)).kind, 'revoked');
});
