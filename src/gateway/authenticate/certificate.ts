// "Whose connection is it?" What the TLS library says of the peer comes in with the time; an identity comes out,
// or the reason there is none. It must never take Node's `authorized` for an answer: a resumed session without
// a certificate has been reported as authorized, and the dates are not looked at again on resumption.

import { MutualError } from '../../errors.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { verifyErrorOf } from '../../x509/verify-error.ts';
import type { PeerFacts } from '../accept/connection.ts';
import type { Authentication } from './authentication.ts';
import { identityOf } from './identity.ts';

const absent: Authentication = { kind: 'absent' };

/** Once for each connection, fresh or resumed. `peer` is undefined on a plain connection. */
export function authenticate(peer: PeerFacts | undefined, nowMs: number): Authentication {
  if (peer?.certificate === undefined) return absent;
  const { certificate } = peer;
  // OpenSSL hands over certificates that our reader refuses.
  if (certificate instanceof MutualError) {
    const advice = `It cannot be read (${certificate.message}): the peer needs a well-formed one.`;
    return { kind: 'rejected', reason: { ...verifyErrorOf('UNSPECIFIED'), advice }, certificate: undefined };
  }
  if (peer.verifyError !== undefined || !peer.authorized) {
    return reject(certificate, peer.verifyError ?? 'UNSPECIFIED');
  }
  return reauthenticate({ kind: 'verified', identity: identityOf(certificate, peer.intermediates) }, nowMs);
}

/** Before each request: an identity ends when its certificate does. RFC 5280 §4.1.2.5: both ends included. */
export function reauthenticate(authentication: Authentication, nowMs: number): Authentication {
  if (authentication.kind !== 'verified') return authentication;
  const { certificate } = authentication.identity;
  if (nowMs < certificate.notBefore.getTime()) {
    return reject(certificate, 'CERT_NOT_YET_VALID');
  }
  // Dates have whole seconds: a certificate is good until the end of its last second.
  if (nowMs >= certificate.notAfter.getTime() + 1000) {
    return reject(certificate, 'CERT_HAS_EXPIRED');
  }
  return authentication;
}

/**
 * The same certificate, found wanting by somebody else.
 *
 * @param fault Node's name of a verification error
 * @param said a sentence for the log: who said so
 */
export function reject(certificate: Certificate, fault: string, said?: string): Authentication {
  const reason = verifyErrorOf(fault);
  const told = said === undefined ? reason : { ...reason, advice: `${said}. ${reason.advice}` };
  return { kind: 'rejected', reason: told, certificate };
}
