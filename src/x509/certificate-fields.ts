// Parts of a certificate as the bytes that its issuer signed: what other structures hash or repeat, and for which a
// value that was read and written again would not do.

import type { Certificate } from './certificate.ts';
import { constructed, type DerElement, derTags, parseDer, primitive } from './der.ts';

export interface CertificateFields {
  /** The whole DER Name of the issuer. */
  readonly issuer: Buffer;
  /** The bits of the subjectPublicKey, without the octet that counts unused ones. */
  readonly publicKey: Buffer;
  /** The SEQUENCE OF Extension. */
  readonly extensions: DerElement | undefined;
}

/** @throws MutualError `certificate-invalid`, though not for a certificate that was parsed */
export function readCertificateFields({ der }: Pick<Certificate, 'der'>): CertificateFields {
  const tbs = parseDer(der, derTags.sequence).children().read(derTags.sequence).children();
  tbs.readOptional(constructed(0)); // version
  tbs.read(derTags.integer); // serial number
  tbs.read(derTags.sequence); // signature algorithm
  const issuer = tbs.read(derTags.sequence).encoded;
  tbs.read(derTags.sequence); // validity
  tbs.read(derTags.sequence); // subject
  const spki = tbs.read(derTags.sequence).children();
  spki.read(derTags.sequence); // algorithm
  const publicKey = spki.read(derTags.bitString).content.subarray(1);
  tbs.readOptional(primitive(1)); // unique identifiers
  tbs.readOptional(primitive(2));
  const extensions = tbs.readOptional(constructed(3))?.children().read(derTags.sequence);
  return { issuer, publicKey, extensions };
}
