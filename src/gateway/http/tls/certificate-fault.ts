// What a client certificate, or the lack of one, means where a server verifies (ngx_http_request.c,
// ngx_http_process_request): the handshake has let everybody in, the request is refused.

import { verifyErrors } from '../../../x509/verify-error.ts';
import type { Request } from '../request.ts';
import type { VerifyClient } from './server-tls.ts';
import type { TlsView } from './tls-view.ts';

/** Errors of trust alone, which `optional_no_ca` forgives (ngx_ssl_verify_error_optional). */
const forgiven: ReadonlySet<number> = new Set([18, 19, 20, 27, 21]);

/**
 * What is wrong with a client's certificate now: a session, and a connection that stays open, outlive the certificate
 * that was in date when it was shown. nginx does not look at the date again.
 */
export function verifyErrorNow(
  { certificate, verifyError }: TlsView<Request>,
  nowMs: number,
): TlsView<Request>['verifyError'] {
  if (verifyError !== undefined || certificate === undefined) return verifyError;
  const { code, text } = verifyErrors.CERT_HAS_EXPIRED;
  return certificate.notAfter.getTime() < nowMs ? { code, text } : undefined;
}

export function certificateFault(
  view: TlsView<Request>,
  verify: VerifyClient,
  nowMs: number,
): { readonly status: 495 | 496; readonly text: string } | undefined {
  if (verify === 'off') return undefined;
  const { certificate } = view;
  const verifyError = verifyErrorNow(view, nowMs);
  if (verifyError !== undefined && certificate !== undefined) {
    if (verify !== 'optional_no_ca' || !forgiven.has(verifyError.code)) {
      const { code, text } = verifyError;
      return { status: 495, text: `client SSL certificate verify error: (${code}:${text})` };
    }
  }
  if (verify === 'on' && certificate === undefined) {
    return { status: 496, text: 'client sent no required SSL certificate' };
  }
  return undefined;
}
