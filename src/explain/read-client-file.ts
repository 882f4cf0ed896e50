// The file that somebody takes for a client's certificate: its bytes in; certificates out, or in one line what the file is
// instead and where to go from there.

import { createPrivateKey } from 'node:crypto';
import { MutualError, messageOf } from '../errors.ts';
import { type Certificate, parseCertificate, parseCertificates } from '../x509/certificate.ts';
import { parseCrl } from '../x509/crl.ts';
import { derTags, parseDer } from '../x509/der.ts';
import { parsePem } from '../x509/pem.ts';

/**
 * @param name of the file, for errors
 * @returns the certificate of the client, then what follows it in the file
 * @throws MutualError `certificate-invalid` or `pem-invalid`
 */
export function readClientFile(content: Buffer, name: string): [Certificate, ...Certificate[]] {
  if (content.length === 0) throw refused(name, 'is empty');
  if (content[0] === derTags.sequence) return [readDer(content, name)];
  if (isUtf16(content)) throw refused(name, 'is text in UTF-16: save it as plain text (ASCII or UTF-8)');
  const [leaf, ...rest] = parseCertificates(content, name);
  if (leaf !== undefined) return [leaf, ...rest];
  const [label] = parsePem(content, name).map((block) => block.label);
  throw refused(name, label === undefined ? 'is no certificate, neither PEM nor DER' : describeLabel(label, name));
}

function readDer(content: Buffer, name: string): Certificate {
  try {
    return parseCertificate(content);
  } catch (error) {
    throw refused(name, describeDer(content, name) ?? `is no certificate that can be read: ${messageOf(error)}`);
  }
}

function refused(name: string, what: string): MutualError {
  return new MutualError('certificate-invalid', `${name} ${what}`);
}

const request = (name: string): string =>
  `is a request for a certificate (CSR) and not one: have a CA sign it ("mutual ca sign ${name}"), and ask about what comes of it`;
const privateKey =
  'is a private key and not a certificate: give the file that belongs to it (often .crt or .pem), and show the key to nobody';
const revocationList = 'is a revocation list and not a certificate';
const pkcs12 = (name: string): string =>
  `is a PKCS#12 file: take the certificate out with "openssl pkcs12 -in ${name} -nokeys -out client.crt"`;

function describeLabel(label: string, name: string): string {
  if (label.endsWith('CERTIFICATE REQUEST')) return request(name);
  if (label.endsWith('PRIVATE KEY')) return privateKey;
  if (label.endsWith('PUBLIC KEY')) return 'is a public key and not a certificate: a CA makes one of it by signing';
  if (label.endsWith('CRL')) return revocationList;
  if (label === 'PKCS7') {
    return `is PKCS#7: take the certificates out with "openssl pkcs7 -in ${name} -print_certs -out client.crt"`;
  }
  return `holds no certificate but a block "${label.slice(0, 40)}"`;
}

/** Other things that come as DER; undefined for what is none of them. */
function describeDer(content: Buffer, name: string): string | undefined {
  if (isPkcs12(content)) return pkcs12(name);
  if (isRequest(content)) return request(name);
  if (succeeds(() => parseCrl(content))) return revocationList;
  const isKey = (['pkcs8', 'pkcs1', 'sec1'] as const).some((type) =>
    succeeds(() => createPrivateKey({ key: content, format: 'der', type })),
  );
  return isKey ? privateKey : undefined;
}

/** RFC 7292 section 4: a version, which is 3, and then a sequence. Its inside may be BER, which is not read here. */
function isPkcs12(content: Buffer): boolean {
  return /^30(?:[0-7].|80|81..|82.{4}|83.{6}|84.{8})02010330/.test(content.subarray(0, 16).toString('hex'));
}

/** RFC 2986 section 4: what is signed begins with version 0; in a certificate that place has a tag of its own, or a serial. */
function isRequest(content: Buffer): boolean {
  return succeeds(() => {
    const info = parseDer(content, derTags.sequence).children().read(derTags.sequence).children();
    info.read(derTags.integer);
    info.read(derTags.sequence);
    info.read(derTags.sequence);
    info.read(0xa0);
    info.expectEnd();
  });
}

/** With a byte order mark, as Windows writes it. */
function isUtf16(content: Buffer): boolean {
  const mark = content.subarray(0, 2).toString('hex');
  return mark === 'fffe' || mark === 'feff';
}

function succeeds(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
