import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { printAltName } from '../../../src/ca/alt-name.ts';
import { parseCertificateRequest } from '../../../src/ca/certificate-request.ts';
import { parsePem, printPem } from '../../../src/x509/pem.ts';
import { makeCertificate, runOpenssl, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

/** A request that openssl made, in PEM. */
function makeRequest(options: { key?: string[]; subject?: string; args?: string[] } = {}): Buffer {
  const { key = p256, subject = '/O=Company A/CN=client-a', args = [] } = options;
  const out = join(directory, 'request.csr');
  const files = ['-keyout', join(directory, 'request.key'), '-out', out];
  runOpenssl(['req', '-new', '-nodes', '-utf8', ...key, '-subj', subject, ...files, ...args]);
  return readFileSync(out);
}

const derOf = (pem: Buffer): Buffer => parsePem(pem, 'request.csr')[0]?.der ?? Buffer.alloc(0);
const parse = (content: Buffer) => parseCertificateRequest(content, 'request.csr');

test('a request says whose it is and what it asks for', async () => {
  const names = 'subjectAltName=DNS:a.example,IP:10.0.0.1,URI:spiffe://a.example/x,email:a@a.example';
  const request = await parse(makeRequest({ args: ['-addext', names, '-addext', 'extendedKeyUsage=serverAuth'] }));
  assert.equal(request.subjectDn, 'CN=client-a,O=Company A');
  assert.equal(request.commonName, 'client-a');
  assert.equal(request.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  assert.deepEqual(request.altNames.map(printAltName), [
    'DNS:a.example',
    'IP:10.0.0.1',
    'URI:spiffe://a.example/x',
    'email:a@a.example',
  ]);
  assert.deepEqual(request.purposes, ['server']);
});

test('PEM, the old label of PEM, and DER are one', async () => {
  const pem = makeRequest();
  const old = Buffer.from(pem.toString().replaceAll('CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'));
  for (const content of [pem, old, derOf(pem)]) assert.equal((await parse(content)).commonName, 'client-a');
});

const accepted: Record<string, { key?: string[]; args?: string[] }> = {
  'RSA of 2048 bits': { key: ['-newkey', 'rsa:2048'] },
  'RSA with PSS': { key: ['-newkey', 'rsa:2048'], args: ['-sigopt', 'rsa_padding_mode:pss', '-sha256'] },
  'P-384': { key: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'], args: ['-sha384'] },
  'P-521': { key: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521'] },
  Ed25519: { key: ['-newkey', 'ed25519'] },
};

for (const [what, options] of Object.entries(accepted)) {
  test(`accepts ${what}`, async () => assert.equal((await parse(makeRequest(options))).commonName, 'client-a'));
}

const refused: Record<string, [options: Parameters<typeof makeRequest>[0], message: RegExp]> = {
  'a CA certificate': [{ args: ['-addext', 'basicConstraints=critical,CA:TRUE'] }, /CA:TRUE/],
  'signing certificates': [{ args: ['-addext', 'keyUsage=digitalSignature,keyCertSign'] }, /right to sign/],
  'signing revocation lists': [{ args: ['-addext', 'keyUsage=cRLSign'] }, /right to sign/],
  'RSA of 1024 bits': [{ key: ['-newkey', 'rsa:1024'] }, /1024 bits is too weak/],
  'a signature with SHA-1': [{ args: ['-sha1'] }, /signed with SHA-1/],
  'another curve': [{ key: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'] }, /secp256k1/],
  'a control character': [{ subject: '/CN=client\ta' }, /control character/],
};

for (const [what, [options, message]] of Object.entries(refused)) {
  test(`refuses ${what}`, async () => {
    await assert.rejects(parse(makeRequest(options)), { code: 'csr-refused', message });
  });
}

const strangeNames: Record<string, RegExp> = {
  'otherName:1.2.3.4;UTF8:admin': /neither DNS, IP, URI nor e-mail/,
  'DNS:*.*.example': /wildcard/,
};

for (const [name, fault] of Object.entries(strangeNames)) {
  test(`says that ${name} cannot be taken over`, async () => {
    const request = await parse(makeRequest({ args: ['-addext', `subjectAltName=${name}`] }));
    assert.match(request.altNamesFault ?? '', fault);
    assert.deepEqual(request.altNames, []);
  });
}

test('refuses a request whose signature was changed', async () => {
  const der = derOf(makeRequest());
  const last = der.length - 1;
  der[last] = (der[last] ?? 0) ^ 1;
  await assert.rejects(parse(der), { code: 'csr-refused', message: /request\.csr: its signature is wrong/ });
});

test('refuses a request whose subject was changed', async () => {
  const der = derOf(makeRequest());
  const at = der.indexOf('client-a');
  der.write('client-b', at);
  await assert.rejects(parse(der), { code: 'csr-refused', message: /its signature is wrong/ });
});

test('refuses a request that was signed with another key', async () => {
  const [mine, other] = [derOf(makeRequest()), derOf(makeRequest())];
  // The public keys are as long as each other, and stand in the same place.
  const key = (der: Buffer) => der.indexOf(Buffer.from('034200', 'hex')) + 3;
  other.copy(mine, key(mine), key(other), key(other) + 65);
  await assert.rejects(parse(mine), { code: 'csr-refused', message: /its signature is wrong/ });
});

test('refuses what is no request', async () => {
  const { certificate } = makeCertificate(directory, { name: 'certificate' });
  const pem = printPem('CERTIFICATE REQUEST', Buffer.from('3003020101', 'hex'));
  const cut = makeRequest()
    .toString()
    .replace(/-----END[\s\S]*/, '');
  for (const content of [readFileSync(certificate), Buffer.from(''), Buffer.from('hello'), Buffer.from(pem)]) {
    await assert.rejects(parse(content), { code: 'csr-refused', message: /no certificate signing request/ });
  }
  await assert.rejects(parse(Buffer.from(cut)), { code: 'pem-invalid' });
  await assert.rejects(parse(derOf(makeRequest()).subarray(0, 100)), { code: 'csr-refused' });
});
