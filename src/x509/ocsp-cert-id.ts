// CertID of OCSP (RFC 6960 section 4.1.1): how a request names a certificate and a response says which one it is about.
// Hashes of the issuer's name and key, and the serial number.

import { hash } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { readCertificateFields } from './certificate-fields.ts';
import { type DerElement, derTags } from './der.ts';
import { parseIntegerHex, parseOid } from './der-values.ts';
import { encodeDer, encodeInteger, encodeOctets, encodeOid, encodeSequence } from './der-writer.ts';

const hashOids = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const;

const nullTag = 0x05;

/** Hash functions by node:crypto's names. */
export type CertIdHash = keyof typeof hashOids;

export interface CertId {
  /** undefined: a function that is not known here; such an id names no certificate. */
  readonly hash: CertIdHash | undefined;
  readonly issuerNameHash: Buffer;
  readonly issuerKeyHash: Buffer;
  /** In the form of `Certificate.serialNumber`. */
  readonly serialNumber: string;
}

export function writeCertId(certificate: Certificate, issuer: Certificate, hashName: CertIdHash): Buffer {
  const { name, key } = issuerHashes(certificate, issuer, hashName);
  return encodeSequence([
    // Hash functions of old are written with NULL parameters, and some responders compare bytes.
    encodeSequence([encodeOid(hashOids[hashName]), encodeDer(nullTag, [])]),
    encodeOctets(name),
    encodeOctets(key),
    encodeInteger(certificate.serialNumber),
  ]);
}

/** @throws MutualError `certificate-invalid` */
export function parseCertId(element: DerElement): CertId {
  const fields = element.children();
  const algorithm = fields.read(derTags.sequence).children();
  const oid = parseOid(algorithm.read(derTags.oid));
  algorithm.readOptional(nullTag);
  algorithm.expectEnd();
  const issuerNameHash = fields.read(derTags.octetString).content;
  const issuerKeyHash = fields.read(derTags.octetString).content;
  const serialNumber = parseIntegerHex(fields.read(derTags.integer));
  fields.expectEnd();
  const known = Object.entries(hashOids).find(([, value]) => value === oid)?.[0];
  return { hash: known as CertIdHash | undefined, issuerNameHash, issuerKeyHash, serialNumber };
}

/** Does this id name this certificate of this issuer? A responder may choose another hash function than was asked with. */
export function isCertIdOf(id: CertId, certificate: Certificate, issuer: Certificate): boolean {
  if (id.hash === undefined || id.serialNumber !== certificate.serialNumber) return false;
  const { name, key } = issuerHashes(certificate, issuer, id.hash);
  return id.issuerNameHash.equals(name) && id.issuerKeyHash.equals(key);
}

function issuerHashes(certificate: Certificate, issuer: Certificate, name: CertIdHash): { name: Buffer; key: Buffer } {
  return {
    name: hash(name, readCertificateFields(certificate).issuer, 'buffer'),
    key: hash(name, readCertificateFields(issuer).publicKey, 'buffer'),
  };
}
