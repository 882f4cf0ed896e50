// Certification paths (RFC 5280 section 6): from a certificate up to what is trusted, and what each link may do. For
// questions that the TLS library does not answer: again later, or without a handshake. It never trusts by name alone.

import type { Certificate } from './certificate.ts';
import { canonicalName } from './name.ts';

export type Purpose = 'client' | 'server';

/** extendedKeyUsage (RFC 5280 section 4.2.1.12): clientAuth and serverAuth. */
export const purposeOids: Readonly<Record<Purpose, string>> = {
  client: '1.3.6.1.5.5.7.3.2',
  server: '1.3.6.1.5.5.7.3.1',
};

/** Longer than any real path; ends a circle of certificates that sign each other. */
const longestPath = 10;

/**
 * From the certificate upward, as far as there are issuers among `anchors`, then `untrusted`. Every link's signature has
 * been verified; whether the last one is trusted is for the caller to ask.
 */
export function findPath(
  certificate: Certificate,
  anchors: readonly Certificate[],
  untrusted: readonly Certificate[],
): readonly [Certificate, ...Certificate[]] {
  const path: [Certificate, ...Certificate[]] = [certificate];
  for (let top = certificate; !isSelfSigned(top) && path.length < longestPath; ) {
    const issuer = [...anchors, ...untrusted].find((candidate) => hasSigned(candidate, top));
    if (issuer === undefined) break;
    path.push(issuer);
    top = issuer;
  }
  return path;
}

/** Whether a certificate names this issuer and carries a signature of its key. Says nothing of what the issuer may do. */
export function hasSigned(issuer: Certificate, certificate: Certificate): boolean {
  if (canonicalName(issuer.subject) !== canonicalName(certificate.issuer)) return false;
  try {
    return certificate.x509.verify(issuer.x509.publicKey);
  } catch {
    // A key that OpenSSL cannot read has signed nothing.
    return false;
  }
}

/** A self-signed certificate ends a path. */
export function isSelfSigned(certificate: Certificate): boolean {
  return hasSigned(certificate, certificate);
}

/**
 * Why a certificate may not have signed the one below it, as the end of a sentence; undefined: it may.
 *
 * @param depth its place in the path: 1 for the issuer of the leaf
 */
export function faultOfIssuer(ca: Certificate, depth: number): string | undefined {
  // A root of old, without any extension, says nothing of itself; OpenSSL takes it for a CA.
  const isOldRoot = !ca.isCa && ca.subjectKeyId === undefined && ca.keyUsage.length === 0 && isSelfSigned(ca);
  if (!ca.isCa && !isOldRoot) return 'is not a CA certificate';
  if (ca.keyUsage.length > 0 && !ca.keyUsage.includes('keyCertSign')) return 'may not sign certificates (keyUsage)';
  if (ca.pathLength !== undefined && depth - 1 > ca.pathLength) {
    return `allows ${ca.pathLength} intermediate CAs below it, and there are ${depth - 1}`;
  }
  return undefined;
}

/** OpenSSL's check_purpose_ssl_client and _server (crypto/x509/v3_purp.c), over the whole path. */
export function mayBeUsedAs(purpose: Purpose, path: readonly Certificate[]): boolean {
  // An extendedKeyUsage of a CA limits everything below it.
  if (!path.every(({ extendedKeyUsage }) => extendedKeyUsage?.includes(purposeOids[purpose]) ?? true)) return false;
  const keyUsage = path[0]?.keyUsage ?? [];
  const wanted =
    purpose === 'client'
      ? ['digitalSignature', 'keyAgreement']
      : ['digitalSignature', 'keyEncipherment', 'keyAgreement'];
  return keyUsage.length === 0 || wanted.some((usage) => keyUsage.includes(usage));
}
