// Who may sign a status (RFC 6960 section 4.2.2.2): the CA that issued the certificate, or a responder to which that CA
// itself gave a certificate for this purpose. Nobody else, whatever the response brings along.

import { hash } from 'node:crypto';
import { MutualError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { readCertificateFields } from './certificate-fields.ts';
import { hasSigned } from './certification-path.ts';
import { unknownCriticalExtensions } from './critical-extensions.ts';
import { extensionOids } from './extensions.ts';
import { canonicalName, printRfc2253 } from './name.ts';
import type { BasicOcspResponse, ResponderId } from './ocsp-response.ts';
import { signatureAlgorithmName, verifySignature } from './signature-algorithm.ts';

/** extendedKeyUsage of a responder. anyExtendedKeyUsage does not stand for it: the CA must have meant it. */
const ocspSigningOid = '1.3.6.1.5.5.7.3.9';

const understood: ReadonlySet<string> = new Set([
  extensionOids.basicConstraints,
  extensionOids.keyUsage,
  extensionOids.extendedKeyUsage,
  extensionOids.altNames,
  '1.3.6.1.5.5.7.48.1.5', // id-pkix-ocsp-nocheck; a responder's certificate counts as long as it lives
]);

/**
 * Returns the certificate whose key signed the response.
 *
 * @param issuer the CA that signed the certificate asked about
 * @param nowMs Unix time in milliseconds
 * @throws MutualError `ocsp-invalid` unless it is the issuer's or that of a responder of the issuer
 */
export function requireOcspSigner(response: BasicOcspResponse, issuer: Certificate, nowMs: number): Certificate {
  // The nonce is chosen by whoever asks: just what is needed to have a collision signed.
  const algorithm = signatureAlgorithmName(response.signatureAlgorithmOid);
  if (/sha1|md5/i.test(algorithm)) refuse(`it is signed with ${algorithm}, which can be forged`);
  const others = response.certificates.filter(({ sha256 }) => sha256 !== issuer.sha256);
  const named = [issuer, ...others].filter((candidate) => isNamed(response.responderId, candidate));
  const faults = new Set<string>();
  for (const candidate of named) {
    const fault = candidate === issuer ? undefined : faultOfResponder(candidate, issuer, nowMs);
    if (fault === undefined && verifies(response, candidate)) return candidate;
    faults.add(`"${candidate.subjectDn}" ${fault ?? 'did not sign it: its signature is false'}`);
  }
  if (named.length > 0) refuse([...faults].join('; '));
  return refuse(`it is signed by ${printId(response.responderId)}, whose certificate did not come with it`);
}

function isNamed(id: ResponderId, candidate: Certificate): boolean {
  if (id.kind === 'name') return canonicalName(id.name) === canonicalName(candidate.subject);
  return hash('sha1', readCertificateFields(candidate).publicKey, 'buffer').equals(id.sha1);
}

/** Why a certificate that came with the response is not that of a responder of this CA, as the end of a sentence. */
function faultOfResponder(responder: Certificate, issuer: Certificate, nowMs: number): string | undefined {
  const { extendedKeyUsage, keyUsage, notBefore, notAfter } = responder;
  if (!hasSigned(issuer, responder)) {
    return `is neither "${issuer.subjectDn}", the CA of the certificate, nor was it issued by that CA`;
  }
  if (!extendedKeyUsage?.includes(ocspSigningOid)) return 'may not answer for its CA (no OCSPSigning)';
  if (keyUsage.length > 0 && !keyUsage.includes('digitalSignature') && !keyUsage.includes('nonRepudiation')) {
    return 'may not sign (keyUsage)';
  }
  if (nowMs < notBefore.getTime()) return `is not valid before ${notBefore.toISOString()}`;
  // Dates have whole seconds: a certificate is good until the end of its last second.
  if (nowMs >= notAfter.getTime() + 1000) return `expired on ${notAfter.toISOString()}`;
  const { extensions } = readCertificateFields(responder);
  const [unknown] = extensions === undefined ? [] : unknownCriticalExtensions(extensions, understood);
  return unknown === undefined ? undefined : `has a critical extension that is not understood (${unknown})`;
}

function verifies({ signatureAlgorithm, tbs, signature }: BasicOcspResponse, signer: Certificate): boolean {
  try {
    return verifySignature(signatureAlgorithm, tbs, signature, signer.x509.publicKey);
  } catch {
    // A key that OpenSSL cannot read, or a signature that is none.
    return false;
  }
}

function printId(id: ResponderId): string {
  return id.kind === 'name' ? `"${printRfc2253(id.name)}"` : `the key ${id.sha1.toString('hex')}`;
}

function refuse(reason: string): never {
  throw new MutualError('ocsp-invalid', `the OCSP response does not count: ${reason}`);
}
