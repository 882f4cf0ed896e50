// What OpenSSL found wrong with a peer's certificate: Node's name of it in; OpenSSL's number, nginx's text
// and a sentence of advice out. A name this table lacks is reported as unspecified, never as success.

export interface VerifyError {
  /** OpenSSL's X509_V_ERR_ number. */
  readonly code: number;
  /** X509_verify_cert_error_string, as nginx prints it in `$ssl_client_verify` after `FAILED:`. */
  readonly text: string;
  /** One sentence for the operator: what it means, and who has to act. */
  readonly advice: string;
}

const error = (code: number, text: string, advice: string): VerifyError => ({ code, text, advice });

const newCertificate = 'the peer needs a new certificate from the CA';
const completeChain = 'the peer has to send its intermediate certificates, or the CA file lacks its root';
const freshCrl = 'publish a fresh revocation list from the CA';

/**
 * Every name that Node 24 knows (deps/ncrypto, X509Pointer::ErrorCode), with texts of OpenSSL 3 (crypto/x509/x509_txt.c);
 * and two of OpenSSL's for the status that is asked of a responder, which no handshake gives, with nginx's texts
 * (ngx_ssl_ocsp_get_status in src/event/ngx_event_openssl_stapling.c).
 */
export const verifyErrors = {
  UNSPECIFIED: error(
    1,
    'unspecified certificate verification error',
    'OpenSSL has no closer reason to give here, name constraints among others; `openssl verify` with the same CA file tells more.',
  ),
  UNABLE_TO_GET_ISSUER_CERT: error(
    2,
    'unable to get issuer certificate',
    `The issuer of a certificate in the chain is missing: ${completeChain}.`,
  ),
  UNABLE_TO_GET_CRL: error(
    3,
    'unable to get certificate CRL',
    'A CA of the chain has no revocation list here: give one for every CA of the chain, intermediates included.',
  ),
  UNABLE_TO_DECRYPT_CERT_SIGNATURE: error(
    4,
    "unable to decrypt certificate's signature",
    `The signature of the certificate is damaged: ${newCertificate}.`,
  ),
  UNABLE_TO_DECRYPT_CRL_SIGNATURE: error(
    5,
    "unable to decrypt CRL's signature",
    `The signature of the revocation list is damaged: ${freshCrl}.`,
  ),
  UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: error(
    6,
    'unable to decode issuer public key',
    'The key of the issuing CA cannot be read: check the CA file.',
  ),
  CERT_SIGNATURE_FAILURE: error(
    7,
    'certificate signature failure',
    'The certificate was not signed by the CA of that name: it is forged, or the CA was made anew under the same name.',
  ),
  CRL_SIGNATURE_FAILURE: error(
    8,
    'CRL signature failure',
    `The revocation list was not signed by the CA of that name: ${freshCrl}.`,
  ),
  CERT_NOT_YET_VALID: error(
    9,
    'certificate is not yet valid',
    'The certificate starts in the future: compare the clocks of the CA and of this machine.',
  ),
  CERT_HAS_EXPIRED: error(10, 'certificate has expired', `The certificate is past its end date: ${newCertificate}.`),
  CRL_NOT_YET_VALID: error(
    11,
    'CRL is not yet valid',
    'The revocation list starts in the future: compare the clocks of the CA and of this machine.',
  ),
  CRL_HAS_EXPIRED: error(
    12,
    'CRL has expired',
    `The revocation list is past its next update, so that nobody of this CA is admitted: ${freshCrl}.`,
  ),
  ERROR_IN_CERT_NOT_BEFORE_FIELD: error(
    13,
    "format error in certificate's notBefore field",
    `The start date of the certificate cannot be read: ${newCertificate}.`,
  ),
  ERROR_IN_CERT_NOT_AFTER_FIELD: error(
    14,
    "format error in certificate's notAfter field",
    `The end date of the certificate cannot be read: ${newCertificate}.`,
  ),
  ERROR_IN_CRL_LAST_UPDATE_FIELD: error(
    15,
    "format error in CRL's lastUpdate field",
    `The start date of the revocation list cannot be read: ${freshCrl}.`,
  ),
  ERROR_IN_CRL_NEXT_UPDATE_FIELD: error(
    16,
    "format error in CRL's nextUpdate field",
    `The end date of the revocation list cannot be read: ${freshCrl}.`,
  ),
  OUT_OF_MEM: error(17, 'out of memory', 'This machine ran out of memory while it verified a certificate.'),
  DEPTH_ZERO_SELF_SIGNED_CERT: error(
    18,
    'self-signed certificate',
    'The peer signed its certificate itself: it has to use one that the CA issued.',
  ),
  SELF_SIGNED_CERT_IN_CHAIN: error(
    19,
    'self-signed certificate in certificate chain',
    'The chain ends at a root that is not trusted here: the certificate comes from another CA, or the CA file lacks this root.',
  ),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: error(
    20,
    'unable to get local issuer certificate',
    `No trusted CA issued this certificate: ${completeChain}.`,
  ),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: error(
    21,
    'unable to verify the first certificate',
    `No trusted CA issued this certificate, and the peer sent no other with it: ${completeChain}.`,
  ),
  CERT_CHAIN_TOO_LONG: error(
    22,
    'certificate chain too long',
    'More CAs stand between the certificate and its root than are allowed: the peer needs one that was issued further up, or `depth` is too small.',
  ),
  CERT_REVOKED: error(
    23,
    'certificate revoked',
    'The CA has revoked this certificate: if that was right nothing is to be done, otherwise the peer needs a new one.',
  ),
  INVALID_CA: error(
    79, // 24 up to OpenSSL 1.1
    'invalid CA certificate',
    'A certificate in the chain issued another without being a CA: the peer has to send the right intermediates.',
  ),
  PATH_LENGTH_EXCEEDED: error(
    25,
    'path length constraint exceeded',
    'A CA in the chain issued more levels of CAs below it than its own certificate allows: its operator has to act.',
  ),
  INVALID_PURPOSE: error(
    26,
    'unsuitable certificate purpose',
    'The certificate is made for something else, as a server certificate shown by a client: the peer needs one with the right extended key usage.',
  ),
  // Asked by this program alone: X509_V_ERR_APPLICATION_VERIFICATION.
  CLIENT_AUTH_MISSING: error(
    50,
    'unsuitable certificate purpose: clientAuth is missing',
    'The certificate names no purpose, or others: the peer needs one with the extended key usage clientAuth, or `requireClientAuthEku` has to be off.',
  ),
  CERT_UNTRUSTED: error(
    27,
    'certificate not trusted',
    'The root is marked as not trusted for this use: check the CA file.',
  ),
  CERT_REJECTED: error(28, 'certificate rejected', 'The root is marked as rejected for this use: check the CA file.'),
  HOSTNAME_MISMATCH: error(
    62,
    'hostname mismatch',
    'The certificate is for another name: it lacks the expected name among its subject alternative names, or the configured server name is wrong.',
  ),
  OCSP_VERIFY_FAILED: error(
    74,
    'certificate status request failed',
    'No OCSP responder gave an answer that counts, and without one nobody is admitted here: the log says which was asked and what came back.',
  ),
  OCSP_CERT_UNKNOWN: error(
    75,
    'certificate status unknown',
    'The OCSP responder of the CA knows no such certificate: it serves another CA, has not heard of the certificate yet, or the CA never issued it.',
  ),
} as const satisfies Record<string, VerifyError>;

export type VerifyErrorName = keyof typeof verifyErrors;

/** Node's own name, from `tls.checkServerIdentity`, for what OpenSSL calls a host name mismatch. */
const nodeAltNameInvalid = 'ERR_TLS_CERT_ALTNAME_INVALID';

/** @param name Node's `authorizationError`, or the `code` of a TLS error: `CERT_HAS_EXPIRED`, `UNSPECIFIED`, … */
export function verifyErrorOf(name: string): VerifyError {
  if (isVerifyErrorName(name)) return verifyErrors[name];
  return name === nodeAltNameInvalid ? verifyErrors.HOSTNAME_MISMATCH : verifyErrors.UNSPECIFIED;
}

/** Is this one of the names above, and not the code of some other failure? */
export function isVerifyErrorName(name: string): name is VerifyErrorName {
  return Object.hasOwn(verifyErrors, name);
}
