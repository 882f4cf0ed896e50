// PEM text in, its blocks out, strictly: a block that is cut or damaged is an error with its line and is
// never skipped, because OpenSSL skips silently and then trusts less, or more, than the file says.

import { MutualError } from '../errors.ts';

export interface PemBlock {
  /** `CERTIFICATE`, `X509 CRL`, `PRIVATE KEY`, … */
  readonly label: string;
  /** The decoded content. Of a key with `Proc-Type` headers this is ciphertext. */
  readonly der: Buffer;
  /** Line of the BEGIN marker, counted from 1. */
  readonly line: number;
  /** The block as it stood, BEGIN to END, with a newline at the end; headers included. */
  readonly text: string;
}

/**
 * Every block of a text in order; text between blocks is ignored.
 *
 * @param source name of the file, for errors
 * @throws MutualError `pem-invalid` with `source:line`
 */
export function parsePem(_text: string | Buffer, _source: string): PemBlock[] {
  throw new MutualError('internal', 'not written yet');
}

/** One PEM block (RFC 7468): lines of 64 characters and a newline at the end. */
export function printPem(_label: string, _der: Buffer): string {
  throw new MutualError('internal', 'not written yet');
}
