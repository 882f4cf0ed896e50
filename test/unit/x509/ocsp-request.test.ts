import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Certificate, parseCertificates } from '../../../src/x509/certificate.ts';
import { buildOcspRequest } from '../../../src/x509/ocsp-request.ts';
import {
  type CertificateFiles,
  makeCa,
  makeCertificate,
  runOpenssl,
  temporaryDirectory,
} from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const issuer = certificateOf(ca);

function certificateOf(files: CertificateFiles): Certificate {
  const [certificate] = parseCertificates(readFileSync(files.certificate), files.certificate);
  assert.ok(certificate);
  return certificate;
}

function requestOfOpenssl(files: CertificateFiles, ...hash: readonly string[]): Buffer {
  const path = join(directory, 'openssl.req');
  runOpenssl(['ocsp', ...hash, '-issuer', ca.certificate, '-cert', files.certificate, '-no_nonce', '-reqout', path]);
  return readFileSync(path);
}

test('without a nonce it is the request that openssl makes, byte for byte', () => {
  const leaves = ['05', '00F1E2D3C4B5A697', '7F00'].map((serial, index) =>
    makeCertificate(directory, { ca, name: `leaf-${index}`, serial, subject: '/O=Zürich, AG/CN=x' }),
  );
  for (const files of leaves) {
    const question = { certificate: certificateOf(files), issuer };
    assert.deepEqual(buildOcspRequest(question), requestOfOpenssl(files));
    for (const hash of ['sha1', 'sha256', 'sha384', 'sha512'] as const) {
      assert.deepEqual(buildOcspRequest({ ...question, hash }), requestOfOpenssl(files, `-${hash}`), hash);
    }
  }
});

test('an issuer with an RSA key and one with an Ed25519 key', () => {
  for (const keyType of ['rsa', 'ed25519'] as const) {
    const other = makeCa(directory, keyType, { keyType });
    const leaf = makeCertificate(directory, { ca: other, name: `of-${keyType}` });
    const path = join(directory, 'other.req');
    runOpenssl(['ocsp', '-issuer', other.certificate, '-cert', leaf.certificate, '-no_nonce', '-reqout', path]);
    const request = buildOcspRequest({ certificate: certificateOf(leaf), issuer: certificateOf(other) });
    assert.deepEqual(request, readFileSync(path));
  }
});

test('openssl reads the nonce', () => {
  const nonce = Buffer.from('00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', 'hex');
  const leaf = makeCertificate(directory, { ca, name: 'with-nonce' });
  const path = join(directory, 'nonce.req');
  const request = buildOcspRequest({ certificate: certificateOf(leaf), issuer, nonce });
  const text = runOpenssl(['ocsp', '-reqin', writeRequest(path, request), '-req_text']).replaceAll(/\s/g, '');
  assert.match(text, /OCSPNonce:0420(00112233445566778899AABBCCDDEEFF){2}/);
  assert.match(text, new RegExp(`SerialNumber:${certificateOf(leaf).serialNumber}`));
});

function writeRequest(path: string, request: Buffer): string {
  writeFileSync(path, request);
  return path;
}
