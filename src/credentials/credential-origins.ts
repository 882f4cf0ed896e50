// Which file holds what was read, for those who show it to the operator.

import type { Crl } from '../x509/crl.ts';

export interface CredentialOrigins {
  /** By the SHA-256 of the anchor. */
  readonly anchors: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<Crl, string>;
}
