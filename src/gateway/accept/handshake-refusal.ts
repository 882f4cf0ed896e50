// A failed handshake comes in, as Node tells it; out comes what the operator is to read. Node reports every
// refused certificate as "socket hang up": the true reason stands on the socket.

import type { TLSSocket } from 'node:tls';
import { MutualError, messageOf, systemCodeOf } from '../../errors.ts';
import { verifyErrorOf } from '../../x509/verify-error.ts';
import type { PresentedCertificate } from './known-certificates.ts';
import type { ConnectionRefusal } from './refusal.ts';
import { verifyCodeOf } from './tls-facts.ts';

/** @param presented the certificate that the client sent, as far as it is known */
export function handshakeRefusal(
  error: Error,
  stream: TLSSocket,
  presented: PresentedCertificate | undefined,
): Pick<ConnectionRefusal, 'code' | 'reason' | 'verifyError' | 'certificate'> {
  const verifyCode = verifyCodeOf(stream);
  if (verifyCode !== undefined) {
    const verifyError = verifyErrorOf(verifyCode);
    // Anybody can send anything: one that cannot be read is refused all the same, and not described.
    const certificate = presented instanceof MutualError ? undefined : presented;
    return { code: 'client-certificate-invalid', reason: verifyError.text, verifyError, certificate };
  }
  const code = systemCodeOf(error);
  if (code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') {
    return { code: 'client-certificate-missing', reason: 'the client sent no certificate' };
  }
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') {
    return { code: 'handshake-timeout', reason: 'the client did not finish the handshake in time' };
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return { code: 'handshake-failed', reason: 'the client closed the connection during the handshake' };
  }
  return { code: 'handshake-failed', reason: reasonOfOpenssl(messageOf(error)) };
}

/** `…:SSL routines:tls_early_post_process_client_hello:unsupported protocol:../deps/…` → `unsupported protocol`. */
function reasonOfOpenssl(message: string): string {
  const parts = message.split(':');
  const routines = parts.indexOf('SSL routines');
  return (routines === -1 ? undefined : parts[routines + 2]) ?? message;
}
