// What is asked of clients and what a client has shown come in; out comes what is wrong with it, if anything.

import type { ClientsConfig, VerifyMode } from '../../config/schema.ts';
import type { Certificate } from '../../x509/certificate.ts';
import type { Authentication } from '../authenticate/authentication.ts';

export interface CertificateFault {
  readonly code: 'client-certificate-missing' | 'client-certificate-invalid';
  /** For the log. */
  readonly reason: string;
}

/** As in nginx a certificate that does not verify is refused in `optional` mode too (ngx_http_process_request). */
export function certificateFault(mode: VerifyMode, authentication: Authentication): CertificateFault | undefined {
  if (mode === 'none' || authentication.kind === 'verified') return undefined;
  if (authentication.kind === 'absent') {
    if (mode === 'optional') return undefined;
    return { code: 'client-certificate-missing', reason: 'the client sent no certificate' };
  }
  const { reason, certificate } = authentication;
  const whose = certificate === undefined ? '' : `: ${certificateText(certificate)}`;
  return { code: 'client-certificate-invalid', reason: `${reason.text}${whose}` };
}

/** What is wrong with a client where the handshake is all it gets; undefined where requests are answered one by one. */
export function handshakeFault(
  { verify, refuse }: Pick<ClientsConfig, 'verify' | 'refuse'>,
  authentication: Authentication,
): CertificateFault | undefined {
  return refuse === 'handshake' ? certificateFault(verify, authentication) : undefined;
}

/** Everything by which an operator can tell which certificate it was, on one line of ASCII. */
export function certificateText(certificate: Certificate): string {
  const { subjectDn, issuerDn, serialNumber, sha256 } = certificate;
  const subject = subjectDn === '' ? '(empty)' : subjectDn;
  return `subject ${subject}, issuer ${issuerDn}, serial ${serialNumber}, sha256 ${sha256}`;
}
