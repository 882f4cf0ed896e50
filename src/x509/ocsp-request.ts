// The question of OCSP (RFC 6960 section 4.1): a certificate and its issuer in, the DER that asks a responder whether the
// certificate is revoked out. Unsigned: nobody has to know who asks.

import type { Certificate } from './certificate.ts';
import { constructed } from './der.ts';
import { encodeDer, encodeOctets, encodeOid, encodeSequence } from './der-writer.ts';
import { type CertIdHash, writeCertId } from './ocsp-cert-id.ts';

/** id-pkix-ocsp-nonce (RFC 9654). */
export const nonceOid = '1.3.6.1.5.5.7.48.1.2';

export interface OcspQuestion {
  readonly certificate: Certificate;
  /** The CA that signed the certificate. */
  readonly issuer: Certificate;
  /** Fresh random bytes, 1 to 128; 32 are right (RFC 9654 section 2.1). Absent: an answer made beforehand will do. */
  readonly nonce?: Buffer | undefined;
  /** What the issuer is named with. Default SHA-1, which every responder understands; it protects nothing here. */
  readonly hash?: CertIdHash | undefined;
}

/** DER of an OCSPRequest about one certificate. */
export function buildOcspRequest({ certificate, issuer, nonce, hash = 'sha1' }: OcspQuestion): Buffer {
  const requestList = encodeSequence([encodeSequence([writeCertId(certificate, issuer, hash)])]);
  const extensions = nonce === undefined ? [] : [encodeDer(constructed(2), [encodeSequence([nonceExtension(nonce)])])];
  return encodeSequence([encodeSequence([requestList, ...extensions])]);
}

function nonceExtension(nonce: Buffer): Buffer {
  return encodeSequence([encodeOid(nonceOid), encodeOctets(encodeOctets(nonce))]);
}
