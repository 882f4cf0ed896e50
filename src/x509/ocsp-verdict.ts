// What came of asking a responder about a certificate, and what that means for a connection: a verdict and how strict the
// operator is in, the verification error out. Pure; asking is done elsewhere.

import type { OcspStatus } from './ocsp.ts';
import type { VerifyErrorName } from './verify-error.ts';

interface VerdictFacts {
  /** One sentence for the log: what was said and by whom, or why nothing was. */
  readonly reason: string;
  /** Unix time in milliseconds from which on the responder has to be asked again. */
  readonly usableUntilMs: number;
}

interface AnswerFacts extends VerdictFacts {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
}

export type OcspVerdict =
  | (AnswerFacts & { readonly kind: 'good' })
  | (AnswerFacts & {
      readonly kind: 'revoked';
      readonly revokedAt: Date | undefined;
      /** CRLReason by its name; undefined if none was given. */
      readonly revocationReason: string | undefined;
    })
  /** A responder of the CA does not know the certificate. */
  | (AnswerFacts & { readonly kind: 'unknown' })
  /** There is no answer that counts. */
  | (VerdictFacts & { readonly kind: 'unavailable' });

/** What to do without an answer: `soft` admits, `hard` refuses. */
export type OcspMode = 'soft' | 'hard';

/**
 * The verification error of a certificate with this verdict; undefined: none.
 *
 * `soft` forgives that there is no answer, never an answer: whoever can keep the responder from being reached can
 * make a revoked certificate pass.
 */
export function decideOcsp(verdict: Pick<OcspVerdict, 'kind'>, mode: OcspMode): VerifyErrorName | undefined {
  switch (verdict.kind) {
    case 'good':
      return undefined;
    case 'revoked':
      return 'CERT_REVOKED';
    case 'unknown':
      return 'OCSP_CERT_UNKNOWN';
    case 'unavailable':
      return mode === 'hard' ? 'OCSP_VERIFY_FAILED' : undefined;
  }
}

/** For an answer that names no end, and the longest for "unknown": a new certificate may become known any minute. */
export const withoutEndMs = 5 * 60_000;
/** For an answer at the very end of its time, or a little behind it on a responder whose clock is slow. */
const leastMs = 10_000;

/**
 * The verdict of a status that was verified.
 *
 * @param source who said it, as the start of a sentence
 * @param nowMs Unix time in milliseconds
 */
export function verdictOf(status: OcspStatus, source: string, nowMs: number): OcspVerdict {
  const { thisUpdate, nextUpdate, revokedAt, reason: revocationReason } = status;
  const endMs = nextUpdate?.getTime() ?? nowMs + withoutEndMs;
  const facts = { thisUpdate, nextUpdate, usableUntilMs: Math.max(nowMs + leastMs, endMs) };
  switch (status.status) {
    case 'good':
      return { kind: 'good', ...facts, reason: `${source}: the certificate is good` };
    case 'revoked': {
      const why = revocationReason === undefined ? '' : ` (${revocationReason})`;
      const reason = `${source}: the certificate was revoked on ${revokedAt?.toISOString()}${why}`;
      return { kind: 'revoked', ...facts, revokedAt, revocationReason, reason };
    }
    case 'unknown': {
      const usableUntilMs = Math.min(facts.usableUntilMs, nowMs + withoutEndMs);
      return { kind: 'unknown', ...facts, usableUntilMs, reason: `${source}: the certificate is not known` };
    }
  }
}
