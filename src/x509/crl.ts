// Certificate revocation lists (RFC 5280 section 5): a file in, its lists out; a list in, its dates, issuer
// and revoked serials out. Whether a list may be believed is for the caller to ask with verifyCrlSignature.

import { MutualError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import type { Name } from './name.ts';

export interface Crl {
  readonly der: Buffer;
  readonly issuer: Name;
  readonly issuerDn: string;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  /** Upper-case hex, as `serialNumber` of a certificate. */
  readonly crlNumber: string | undefined;
  /** Lower-case hex. */
  readonly authorityKeyId: string | undefined;
  readonly revokedCount: number;
  /** Serials in the form of `Certificate.serialNumber`; built on first use. */
  revokedSerials(): ReadonlySet<string>;
  /** What is signed. */
  readonly tbs: Buffer;
  /** The whole DER AlgorithmIdentifier of the signature. */
  readonly signatureAlgorithm: Buffer;
  readonly signatureAlgorithmOid: string;
  readonly signature: Buffer;
}

/**
 * The DER of every list in a file: PEM with any number of `X509 CRL` blocks, or one DER list. Node reads
 * only the first block of a PEM buffer, so lists must be handed to it one by one.
 *
 * @throws MutualError `pem-invalid`, or `crl-invalid` if the file holds no list
 */
export function splitCrls(_content: Buffer, _source: string): Buffer[] {
  throw new MutualError('internal', 'not written yet');
}

/** @throws MutualError `crl-invalid`, also for delta and indirect lists, which cannot stand alone */
export function parseCrl(_der: Buffer): Crl {
  throw new MutualError('internal', 'not written yet');
}

/** True only if the list names this issuer and carries a signature of its key. Never throws. */
export function verifyCrlSignature(_crl: Crl, _issuer: Certificate): boolean {
  throw new MutualError('internal', 'not written yet');
}
