// What OpenSSL found wrong with a peer's certificate: Node's name of it in; OpenSSL's number, nginx's text
// and a sentence of advice out. A name this table lacks is reported as unspecified, never as success.

import { MutualError } from '../errors.ts';

export interface VerifyError {
  /** OpenSSL's X509_V_ERR_ number. */
  readonly code: number;
  /** X509_verify_cert_error_string, as nginx prints it in `$ssl_client_verify` after `FAILED:`. */
  readonly text: string;
  /** One sentence for the operator: what it means, and who has to act. */
  readonly advice: string;
}

/** @param name Node's `authorizationError`: `CERT_HAS_EXPIRED`, `UNSPECIFIED`, … */
export function verifyErrorOf(_name: string): VerifyError {
  throw new MutualError('internal', 'not written yet');
}
