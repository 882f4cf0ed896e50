// Decides whether lists that were downloaded may take the place of those that are kept. A signature says who made a list
// and not when it was last the newest: whoever sits on the way can serve a list from before a certificate was revoked.

import type { CrlFile, ListFacts } from './crl-file.ts';

/** @returns why not, as a sentence; undefined if they may */
export function decideReplacement(kept: CrlFile | undefined, found: CrlFile, nowMs: number): string | undefined {
  // What could not be verified (before the CA was known, say) does not stand against what can.
  if (kept === undefined || (isVerified(found) && !isVerified(kept))) return undefined;
  if (issuersOf(kept).join() !== issuersOf(found).join()) {
    return `it holds lists of ${printIssuers(found)}, and the copy lists of ${printIssuers(kept)}`;
  }
  const early = found.lists.find(({ thisUpdate }) => thisUpdate.getTime() > nowMs);
  if (early !== undefined) {
    return `it counts only from ${early.thisUpdate.toISOString()} on: check the clocks of both machines`;
  }
  for (const issuer of issuersOf(kept)) {
    const [before, after] = [listsInOrder(kept, issuer), listsInOrder(found, issuer)];
    for (const end of [0, -1]) {
      const [was, is] = [before.at(end), after.at(end)];
      // A copy from the future was never the newest, whatever it says.
      if (was === undefined || is === undefined || was.thisUpdate.getTime() > nowMs) continue;
      if (compareAge(is, was) < 0)
        return `its list of "${is.issuerDn}" is of ${printAge(is)}, older than the copy's of ${printAge(was)}`;
    }
  }
  return undefined;
}

const isVerified = ({ lists }: CrlFile): boolean => lists.every((list) => list.isVerified);

const issuersOf = ({ lists }: CrlFile): string[] => [...new Set(lists.map(({ issuer }) => issuer))].toSorted();

/** A CA that has changed its key has two lists for a while. */
const listsInOrder = ({ lists }: CrlFile, issuer: string): ListFacts[] =>
  lists.filter((list) => list.issuer === issuer).toSorted(compareAge);

/** By date; among lists of one second by number (RFC 5280 section 5.2.3). */
function compareAge(a: ListFacts, b: ListFacts): number {
  const byDate = a.thisUpdate.getTime() - b.thisUpdate.getTime();
  if (byDate !== 0) return byDate;
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left === undefined || right === undefined || left === right) return 0;
  return left < right ? -1 : 1;
}

const numberOf = ({ crlNumber }: ListFacts): bigint | undefined =>
  crlNumber === undefined || crlNumber.startsWith('-') ? undefined : BigInt(`0x${crlNumber}`);

const printIssuers = ({ lists }: CrlFile): string =>
  [...new Set(lists.map(({ issuerDn }) => `"${issuerDn}"`))].join(' and ');

const printAge = ({ thisUpdate, crlNumber }: ListFacts): string =>
  `${thisUpdate.toISOString()}${crlNumber === undefined ? '' : ` (number ${crlNumber})`}`;
