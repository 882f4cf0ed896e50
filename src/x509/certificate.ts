// One X.509 certificate as the rest of the program sees it: DER in, a value out that is cheap to make (once
// for every TLS connection), computes what is expensive on first use, and throws nothing but MutualError.

import type { X509Certificate } from 'node:crypto';
import { MutualError } from '../errors.ts';
import type { AltNames } from './alt-names.ts';
import type { Name } from './name.ts';

export interface Certificate {
  readonly der: Buffer;
  readonly subject: Name;
  readonly issuer: Name;
  /** nginx's `$ssl_client_s_dn`. Empty for an empty subject. */
  readonly subjectDn: string;
  /** nginx's `$ssl_client_i_dn`. */
  readonly issuerDn: string;
  /** nginx's `$ssl_client_serial`: upper-case hex of an even number of digits, without a leading `00`. */
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly altNames: AltNames;
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
  /** Names of RFC 5280 (`digitalSignature`, `keyCertSign`, `cRLSign`, …); empty if the extension is absent. */
  readonly keyUsage: readonly string[];
  /** Dotted OIDs; undefined if the extension is absent, which means any purpose. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** Lower-case hex. */
  readonly subjectKeyId: string | undefined;
  /** Lower-case hex. */
  readonly authorityKeyId: string | undefined;
  readonly crlUrls: readonly string[];
  readonly ocspUrls: readonly string[];
  /** SHA-256 of the SubjectPublicKeyInfo, lower-case hex. */
  readonly spkiSha256: string;
  /** SHA-1 of the DER, lower-case hex: nginx's `$ssl_client_fingerprint`. */
  readonly sha1: string;
  /** SHA-256 of the DER, lower-case hex. */
  readonly sha256: string;
  /** Node's `asymmetricKeyType`: `rsa`, `ec`, `ed25519`, …; `unknown` if this OpenSSL cannot read the key. */
  readonly publicKeyType: string;
  readonly publicKeyBits: number | undefined;
  /** OpenSSL's name (`ecdsa-with-SHA256`), or the dotted OID. */
  readonly signatureAlgorithm: string;
  readonly x509: X509Certificate;
  /** PEM with lines of 64 characters and a newline at the end. */
  pem(): string;
}

/** @throws MutualError `certificate-invalid` */
export function parseCertificate(_certificate: Buffer | X509Certificate): Certificate {
  throw new MutualError('internal', 'not written yet');
}

/**
 * Every certificate of a PEM text in order; an empty list if it holds none. Other blocks are ignored.
 *
 * @param source name of the file, for errors
 * @throws MutualError `pem-invalid` or `certificate-invalid`, with `source:line`
 */
export function parseCertificates(_pem: string | Buffer, _source: string): Certificate[] {
  throw new MutualError('internal', 'not written yet');
}
