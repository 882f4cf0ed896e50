// The answer to "whose connection is it?": an identity, or the reason there is none.

import type { Certificate } from '../../x509/certificate.ts';
import type { VerifyError } from '../../x509/verify-error.ts';
import type { Identity } from './identity.ts';

export type Authentication =
  /** A certificate was presented and everything about it holds. */
  | { readonly kind: 'verified'; readonly identity: Identity }
  /** No certificate was presented, or the connection is not TLS. */
  | { readonly kind: 'absent' }
  /** A certificate was presented and does not count. */
  | { readonly kind: 'rejected'; readonly reason: VerifyError; readonly certificate: Certificate | undefined };

/** nginx's `$ssl_client_verify`: `SUCCESS`, `NONE` or `FAILED:reason` (ngx_ssl_get_client_verify). */
export function verifyText(authentication: Authentication): string {
  switch (authentication.kind) {
    case 'verified':
      return 'SUCCESS';
    case 'absent':
      return 'NONE';
    case 'rejected':
      return `FAILED:${authentication.reason.text}`;
  }
}
