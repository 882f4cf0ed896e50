// Why a certificate was revoked: the names that openssl writes into its index, and their numbers in a CRL.
import { MutualError } from '../errors.ts';

/** The reasons that `openssl ca` reads from its index (RFC 5280 section 5.3.1, with OpenSSL's spelling). */
const reasonCodes = {
  unspecified: 0,
  keyCompromise: 1,
  CACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  removeFromCRL: 8,
} as const;

export type RevocationReason = keyof typeof reasonCodes;

/** The reasons a person may give. There is no hold: nothing here could lift it again. */
export const givenReasons = [
  'unspecified',
  'keyCompromise',
  'CACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
] as const satisfies readonly RevocationReason[];

/**
 * Reads a reason, whatever its case.
 *
 * @throws MutualError `usage` with the list of reasons.
 */
export function parseReason(text: string): RevocationReason {
  const reason = givenReasons.find((name) => name.toLowerCase() === text.toLowerCase());
  if (reason !== undefined) return reason;
  throw new MutualError('usage', `unknown reason "${text}": use ${givenReasons.join(', ')}`);
}

/** The reason behind a word of openssl's index, or undefined for a word it does not use. */
export function findReason(word: string): RevocationReason | undefined {
  // openssl writes these two, each with an argument, for what a CRL only knows as a compromise.
  if (word === 'keyTime') return 'keyCompromise';
  if (word === 'CAkeyTime') return 'CACompromise';
  if (word === 'holdInstruction') return 'certificateHold';
  return (Object.keys(reasonCodes) as RevocationReason[]).find((name) => name === word);
}

/** The CRLReason number; undefined for `unspecified`, which RFC 5280 wants left out. */
export function reasonCodeOf(reason: RevocationReason): number | undefined {
  return reason === 'unspecified' ? undefined : reasonCodes[reason];
}
