// What a client certificate, or the lack of one, means where a server verifies (ngx_http_request.c,
// ngx_http_process_request): the handshake has let everybody in, the request is refused.

import type { Request } from '../request.ts';
import type { VerifyClient } from './server-tls.ts';
import type { TlsView } from './tls-view.ts';

/** Errors of trust alone, which `optional_no_ca` forgives (ngx_ssl_verify_error_optional). */
const forgiven: ReadonlySet<number> = new Set([18, 19, 20, 27, 21]);

export function certificateFault(
  { certificate, verifyError }: TlsView<Request>,
  verify: VerifyClient,
): { readonly status: 495 | 496; readonly text: string } | undefined {
  if (verify === 'off') return undefined;
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
