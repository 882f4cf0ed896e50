// What an OCSP response is worth (RFC 6960 section 3.2): a response and the certificate it should be about in, the status
// of the certificate out. It must never take anything from a response before the signature of the CA is found on it.

import { MutualError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { hasSigned } from './certification-path.ts';
import { isCertIdOf } from './ocsp-cert-id.ts';
import type { BasicOcspResponse, OcspFailure, OcspResponse } from './ocsp-response.ts';
import { requireOcspSigner } from './ocsp-signer.ts';
import type { SingleResponse } from './ocsp-single-response.ts';

export interface OcspExpectation {
  readonly certificate: Certificate;
  /** The CA that signed the certificate, and is known to be trusted: its word decides. */
  readonly issuer: Certificate;
  /** What the request was sent with. */
  readonly nonce?: Buffer | undefined;
  /** Refuse a response without the nonce. Default false: many responders sign their answers beforehand. */
  readonly requireNonce?: boolean;
  /** Unix time in milliseconds. */
  readonly nowMs: number;
}

export type OcspStatus = Omit<SingleResponse, 'certId'>;

/** Clocks of two machines differ; nginx allows as much (ngx_ssl_ocsp_verify in ngx_event_openssl_stapling.c). */
export const clockToleranceMs = 5 * 60_000;
/**
 * A response without nextUpdate names no end. Sent over plain HTTP it could be played again for ever, long after
 * the certificate was revoked.
 */
const maxAgeWithoutEndMs = 60 * 60_000;

const advice: Record<OcspFailure, string> = {
  malformedRequest: 'it does not understand the request',
  internalError: 'it has a fault of its own',
  tryLater: 'it is busy',
  sigRequired: 'it wants signed requests, which are not sent',
  unauthorized: 'it does not answer for this CA, or not to us',
};

/**
 * The status of the certificate, once everything about the response holds: that it is one, who signed it, the nonce, the
 * certificate and the dates.
 *
 * @throws MutualError `ocsp-invalid`
 */
export function verifyOcspResponse(response: OcspResponse, expected: OcspExpectation): OcspStatus {
  const { certificate, issuer, nowMs } = expected;
  // A namesake of the CA, sent along by the client, must not vouch for it.
  if (!hasSigned(issuer, certificate)) {
    refuse(`"${issuer.subjectDn}" is not the issuer of "${certificate.subjectDn}"`);
  }
  const basic = requireAnswer(response);
  requireOcspSigner(basic, issuer, nowMs);
  checkNonce(basic, expected);
  const single = findAnswer(basic, certificate, issuer);
  checkDates(basic.producedAt, single, nowMs);
  const { certId: _, ...status } = single;
  return status;
}

function requireAnswer(response: OcspResponse): BasicOcspResponse {
  if (response.responseStatus === 'successful') return response.basic;
  return refuse(`the responder says ${response.responseStatus}: ${advice[response.responseStatus]}`);
}

function checkNonce({ nonce }: BasicOcspResponse, expected: OcspExpectation): void {
  if (expected.nonce === undefined) return;
  if (nonce === undefined) {
    if (expected.requireNonce === true) refuse('it does not repeat the nonce');
    return;
  }
  if (!nonce.equals(expected.nonce)) refuse('it repeats another nonce, and so answers somebody else');
}

/** Where a response speaks twice of one certificate, the worse counts. */
function findAnswer(basic: BasicOcspResponse, certificate: Certificate, issuer: Certificate): SingleResponse {
  const answers = basic.responses.filter(({ certId }) => isCertIdOf(certId, certificate, issuer));
  const [answer] = answers;
  if (answer === undefined) refuse(`it says nothing of the certificate ${certificate.serialNumber}`);
  return (
    answers.find(({ status }) => status === 'revoked') ?? answers.find(({ status }) => status !== 'good') ?? answer
  );
}

function checkDates(producedAt: Date, { thisUpdate, nextUpdate }: SingleResponse, nowMs: number): void {
  for (const [what, date] of Object.entries({ 'is of': producedAt, 'counts from': thisUpdate })) {
    if (date.getTime() > nowMs + clockToleranceMs) {
      refuse(`it ${what} ${date.toISOString()}, which is in the future: compare the clocks of both machines`);
    }
  }
  if (nextUpdate === undefined) {
    if (nowMs - thisUpdate.getTime() > maxAgeWithoutEndMs) {
      refuse(`it is of ${thisUpdate.toISOString()} and names no end; that is too long ago`);
    }
    return;
  }
  if (nextUpdate.getTime() < thisUpdate.getTime()) refuse('it ends before it begins');
  if (nextUpdate.getTime() < nowMs - clockToleranceMs) refuse(`it ran out on ${nextUpdate.toISOString()}`);
}

function refuse(reason: string): never {
  throw new MutualError('ocsp-invalid', `the OCSP response does not count: ${reason}`);
}
