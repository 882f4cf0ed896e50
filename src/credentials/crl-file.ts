// A file of revocation lists as a download sees it: its bytes in; whose lists they are, and from when to when they
// count, out. What was not signed by the issuer that it names is an error here, so that nobody on the way can put a list
// of his own in the place of a good one.

import { hash } from 'node:crypto';
import { MutualError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { type Crl, parseCrl, splitCrls, verifyCrlSignature } from '../x509/crl.ts';
import { canonicalName } from '../x509/name.ts';

/** A revocation list without its entries. */
export interface ListFacts {
  /** In the form of `canonicalName`. */
  readonly issuer: string;
  readonly issuerDn: string;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  /** Upper-case hex. */
  readonly crlNumber: string | undefined;
  /** False: no certificate of this issuer is known, so that nothing could be verified. */
  readonly isVerified: boolean;
}

export interface CrlFile {
  /** Of the bytes of the file, lower-case hex. */
  readonly sha256: string;
  /** At least one. */
  readonly lists: readonly ListFacts[];
  /** The issuers whose certificates were known when it was read. */
  readonly judgedBy: string;
}

/**
 * @param source what the bytes are, for errors
 * @param issuers certificates of CAs; lists of others cannot be verified, and are taken as they are
 * @throws MutualError `crl-invalid` or `pem-invalid`
 */
export function parseCrlFile(content: Buffer, source: string, issuers: readonly Certificate[]): CrlFile {
  const lists = splitCrls(content, source).map((der) => factsOf(parseCrl(der), issuers));
  return { sha256: hash('sha256', content), lists, judgedBy: judgeOf(issuers) };
}

/** Equal for the same certificates. */
export const judgeOf = (issuers: readonly Certificate[]): string => issuers.map(({ sha256 }) => sha256).join();

/** Whether every list counts now. */
export function isInForce({ lists }: CrlFile, nowMs: number): boolean {
  return lists.every(({ thisUpdate, nextUpdate }) => {
    return thisUpdate.getTime() <= nowMs && (nextUpdate === undefined || nowMs <= nextUpdate.getTime());
  });
}

/** The list that runs out first; undefined if none ever does. */
export function firstToEnd({ lists }: CrlFile): (ListFacts & { readonly nextUpdate: Date }) | undefined {
  const ending = lists.flatMap(({ nextUpdate, ...facts }) =>
    nextUpdate === undefined ? [] : [{ ...facts, nextUpdate }],
  );
  return ending.toSorted((a, b) => a.nextUpdate.getTime() - b.nextUpdate.getTime())[0];
}

function factsOf(list: Crl, issuers: readonly Certificate[]): ListFacts {
  const issuer = canonicalName(list.issuer);
  const candidates = issuers.filter(({ subject }) => canonicalName(subject) === issuer);
  const isVerified = candidates.some((candidate) => verifyCrlSignature(list, candidate));
  if (!isVerified && candidates.length > 0) {
    throw new MutualError('crl-invalid', `the list was not signed by "${list.issuerDn}": its signature is false`);
  }
  const { issuerDn, thisUpdate, nextUpdate, crlNumber } = list;
  return { issuer, issuerDn, thisUpdate, nextUpdate, crlNumber, isVerified };
}
