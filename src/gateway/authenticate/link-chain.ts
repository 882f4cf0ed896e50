// A certificate and whatever a client sent after it come in; out come those that lead upward from it, each the signer of
// the one before. A client may send anything beside its chain, and none of that may be taken for a part of it.

import type { X509Certificate } from 'node:crypto';
import { MutualError } from '../../errors.ts';
import { type Certificate, parseCertificate } from '../../x509/certificate.ts';
import { hasSigned } from '../../x509/certification-path.ts';

/** More than any real chain has; what comes after is not looked at. */
const mostLooked = 10;

/** The order in which they were sent does not matter (RFC 8446 section 4.4.2). */
export function linkChain(certificate: Certificate, sent: readonly X509Certificate[]): Certificate[] {
  const left = sent.slice(0, mostLooked).flatMap(parseOrSkip);
  const chain: Certificate[] = [];
  for (let top = certificate; ; ) {
    const at = left.findIndex((candidate) => hasSigned(candidate, top));
    const [issuer] = at === -1 ? [] : left.splice(at, 1);
    if (issuer === undefined) return chain;
    chain.push(issuer);
    top = issuer;
  }
}

function parseOrSkip(certificate: X509Certificate): Certificate[] {
  try {
    return [parseCertificate(certificate)];
  } catch (error) {
    if (error instanceof MutualError) return [];
    throw error;
  }
}
