// What a person may hand over in place of a certificate, and what is said to it.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { readClientFile } from '../../../src/explain/read-client-file.ts';
import { makeCa, makeCertificate, makeCrl, runOpenssl, temporaryDirectory } from '../../support/openssl.ts';
import { assertRefused } from '../../support/refusal.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const client = makeCertificate(directory, { ca, name: 'client', keyType: 'rsa' });
const read = (file: string): Buffer => readFileSync(file);
/** What openssl makes of its arguments, written to a file. */
const made = (name: string, ...args: readonly string[]): Buffer => {
  runOpenssl([...args, '-out', join(directory, name)]);
  return read(join(directory, name));
};
const certificate = read(client.certificate);
const key = read(client.key);
const der = new X509Certificate(certificate).raw;
const request = read(join(directory, 'client.csr'));
const crl = read(makeCrl(ca));

describe('a certificate is found', () => {
  const forms: Readonly<Record<string, Buffer>> = {
    'in PEM': certificate,
    'in DER': der,
    'behind its key': Buffer.concat([key, certificate]),
    'before its key': Buffer.concat([certificate, key]),
    'among text': Buffer.concat([Buffer.from('subject=CN = client\nissuer=CN = ca\n'), certificate]),
    'with Windows line ends': Buffer.from(certificate.toString('latin1').replaceAll('\n', '\r\n')),
    'behind a byte order mark': Buffer.concat([Buffer.from('efbbbf', 'hex'), certificate]),
  };
  for (const [what, content] of Object.entries(forms)) {
    test(what, () => {
      const [leaf, ...rest] = readClientFile(content, 'client.crt');
      assert.equal(leaf.subjectDn, 'CN=client');
      assert.deepEqual(rest, []);
    });
  }

  test('with those that are sent behind it', () => {
    const found = readClientFile(Buffer.concat([certificate, read(ca.certificate)]), 'chain.pem');
    assert.deepEqual(
      found.map(({ subjectDn }) => subjectDn),
      ['CN=client', 'CN=ca,O=Test'],
    );
  });
});

describe('something else is called by its name', () => {
  const csrSaid = /^f is a request for a certificate \(CSR\) and not one: have a CA sign it \("mutual ca sign f"\)/;
  const keySaid = /^f is a private key and not a certificate: give the file that belongs to it/;
  const crlSaid = /^f is a revocation list and not a certificate$/;
  const p12Said =
    /^f is a PKCS#12 file: take the certificate out with "openssl pkcs12 -in f -nokeys -out client\.crt"$/;
  const export12 = ['pkcs12', '-export', '-passout', 'pass:x', '-in', client.certificate, '-inkey', client.key];
  const cases: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
    'a request': [request, csrSaid],
    'a request in DER': [made('csr.der', 'req', '-in', join(directory, 'client.csr'), '-outform', 'DER'), csrSaid],
    'a key': [key, keySaid],
    'a key in the older form': [made('old.key', 'rsa', '-in', client.key, '-traditional'), keySaid],
    'an EC key in DER': [made('ec.der', 'ec', '-in', ca.key, '-outform', 'DER'), keySaid],
    'an encrypted key': [made('enc.key', 'pkcs8', '-topk8', '-in', client.key, '-passout', 'pass:x'), keySaid],
    'a key in DER': [made('key.der', 'pkcs8', '-topk8', '-nocrypt', '-in', client.key, '-outform', 'DER'), keySaid],
    'a public key': [
      made('public.pem', 'pkey', '-in', client.key, '-pubout'),
      /^f is a public key and not a certificate/,
    ],
    'a revocation list': [crl, crlSaid],
    'a revocation list in DER': [made('crl.der', 'crl', '-in', join(directory, 'ca.crl'), '-outform', 'DER'), crlSaid],
    'PKCS#12': [made('client.p12', ...export12), p12Said],
    'PKCS#7': [
      made('client.p7b', 'crl2pkcs7', '-nocrl', '-certfile', client.certificate),
      /^f is PKCS#7: take the certificates out with "openssl pkcs7 -in f -print_certs -out client\.crt"$/,
    ],
    'another block': [
      Buffer.from('-----BEGIN PGP MESSAGE-----\nAAAA\n-----END PGP MESSAGE-----\n'),
      /^f holds no certificate but a block "PGP MESSAGE"$/,
    ],
    'text in UTF-16': [
      Buffer.concat([Buffer.from('fffe', 'hex'), Buffer.from(certificate.toString('latin1'), 'utf16le')]),
      /^f is text in UTF-16: save it as plain text/,
    ],
    'an empty file': [Buffer.alloc(0), /^f is empty$/],
    'any text': [Buffer.from('hello\n'), /^f is no certificate, neither PEM nor DER$/],
    'any DER': [Buffer.from('3003020105', 'hex'), /^f is no certificate that can be read: not valid DER/],
  };
  for (const [what, [content, said]] of Object.entries(cases)) {
    test(what, () => assertRefused(() => readClientFile(content, 'f'), said, 'certificate-invalid'));
  }

  test('a certificate that was cut, with the line', () => {
    const cut = certificate.subarray(0, certificate.length - 40);
    assertRefused(() => readClientFile(cut, 'f'), /^f:1: "-----BEGIN CERTIFICATE-----" has no END line/, 'pem-invalid');
  });
});
