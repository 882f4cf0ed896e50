// The signed part of a certificate (RFC 5280 section 4.1): the DER of the whole certificate in, its fields out.
// All of it is read at once, so that a malformed certificate is refused here and never later, half used.

import { constructed, type DerElement, type DerReader, derTags, parseDer, primitive, refuseDer } from './der.ts';
import { parseIntegerHex, parseOid, parseSmallInteger, parseTime, parseWholeBits } from './der-values.ts';
import { type CertificateExtensions, parseCertificateExtensions, readExtensions } from './extensions.ts';
import { type Name, parseNameElement } from './name.ts';

export interface TbsCertificate {
  readonly serialNumber: string;
  readonly issuer: Name;
  readonly subject: Name;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The whole DER SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  readonly extensions: CertificateExtensions;
  readonly signatureAlgorithmOid: string;
}

/** @throws MutualError `certificate-invalid` */
export function parseTbsCertificate(certificate: Buffer): TbsCertificate {
  const outer = parseDer(certificate, derTags.sequence).children();
  const fields = outer.read(derTags.sequence).children();
  const signatureAlgorithmOid = parseOid(outer.read(derTags.sequence).children().read(derTags.oid));
  parseWholeBits(outer.read(derTags.bitString));
  outer.expectEnd();

  parseVersion(fields.readOptional(constructed(0)));
  const serialNumber = parseIntegerHex(fields.read(derTags.integer));
  fields.read(derTags.sequence); // the signature algorithm once more; OpenSSL compares the two
  const issuer = parseNameElement(fields.read(derTags.sequence));
  const validity = fields.read(derTags.sequence).children();
  const notBefore = parseTime(validity.read());
  const notAfter = parseTime(validity.read());
  validity.expectEnd();
  const subject = parseNameElement(fields.read(derTags.sequence));
  const spki = fields.read(derTags.sequence).encoded;
  fields.readOptional(primitive(1)); // unique identifiers of issuer and subject, long out of use
  fields.readOptional(primitive(2));
  const extensions = parseCertificateExtensions(parseExtensionList(fields));
  fields.expectEnd();
  return { serialNumber, issuer, subject, notBefore, notAfter, spki, extensions, signatureAlgorithmOid };
}

function parseVersion(wrapper: DerElement | undefined): void {
  if (wrapper === undefined) return;
  const content = wrapper.children();
  if (parseSmallInteger(content.read(derTags.integer)) > 2) refuseDer('unknown version of certificate');
  content.expectEnd();
}

function parseExtensionList(fields: DerReader): Map<string, Buffer> {
  const wrapper = fields.readOptional(constructed(3))?.children();
  if (wrapper === undefined) return new Map();
  const list = wrapper.read(derTags.sequence);
  wrapper.expectEnd();
  return readExtensions(list.children());
}
