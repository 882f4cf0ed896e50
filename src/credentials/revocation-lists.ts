// Reads revocation lists and says what each is worth: whose it is, whether its signature holds, how long it counts. A
// list with a false signature is an error; one that has run out is not, for what to do then is the operator's choice.

import { existsSync } from 'node:fs';
import { MutualError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { type Crl, parseCrl, splitCrls, verifyCrlSignature } from '../x509/crl.ts';
import { canonicalName } from '../x509/name.ts';
import { listEndIsNearFromMs } from './credential-warning.ts';
import type { CrlSources } from './crl-sources.ts';
import { readCredentialFile } from './read-file.ts';

export interface RevocationLists {
  /** The newest first. */
  readonly lists: readonly Crl[];
  readonly files: ReadonlyMap<Crl, string>;
  /** One sentence for each list: what it is. */
  readonly summary: readonly string[];
  /** Sentences for the log. */
  readonly warnings: readonly string[];
}

/**
 * A file that cannot be used is an error; a copy that cannot is told and left out, as one that was never downloaded.
 *
 * @param anchors the CAs whose peers the lists are about
 * @throws MutualError `crl-invalid`, `file-unreadable` or `pem-invalid`
 */
export function loadRevocationLists(
  sources: CrlSources | readonly string[],
  anchors: readonly Certificate[],
  nowMs: number,
): RevocationLists {
  const { files, copies, isRequired, isOpen } = isSources(sources)
    ? sources
    : { files: sources, copies: [], isRequired: sources.length > 0, isOpen: false };
  const lists: Crl[] = [];
  const origins = new Map<Crl, string>();
  const summary: string[] = [];
  const warnings: string[] = [];
  const load = (file: string): void => {
    const found = readLists(file);
    const doubts = found.flatMap((list) => checkSignature(list, anchors, file) ?? []);
    for (const list of found) {
      lists.push(list);
      origins.set(list, file);
      // Built here and not at the first question: a hundred thousand entries take some milliseconds.
      list.revokedSerials();
      summary.push(summaryOf(list, file));
      warnings.push(...dateWarnings(list, file, nowMs));
    }
    warnings.push(...doubts);
  };
  for (const file of files) load(file);
  for (const file of new Set(copies)) {
    try {
      if (existsSync(file)) load(file);
    } catch (error) {
      if (!(error instanceof MutualError)) throw error;
      warnings.push(`a copy is left out: ${error.message}`);
    }
  }
  if (isRequired && !isOpen) warnings.push(...missingWarnings(lists, anchors));
  return { lists: lists.sort(newestFirst), files: origins, summary, warnings };
}

function isSources(sources: CrlSources | readonly string[]): sources is CrlSources {
  return 'files' in sources;
}

function readLists(file: string): Crl[] {
  return splitCrls(readCredentialFile(file, 'the revocation list'), file).map(parseCrl);
}

/**
 * OpenSSL asks one list of an issuer: the latest, and of two that were made in the same second the one that it is given
 * first. Unless that is the one with the higher number, what was revoked last would count as good.
 */
function newestFirst(a: Crl, b: Crl): number {
  const byTime = b.thisUpdate.getTime() - a.thisUpdate.getTime();
  return byTime === 0 ? Number(numberOf(b) - numberOf(a)) : byTime;
}

/** A negative one, which RFC 5280 section 5.2.3 forbids, counts as none. */
function numberOf({ crlNumber }: Crl): bigint {
  return crlNumber === undefined || crlNumber.startsWith('-') ? 0n : BigInt(`0x${crlNumber}`);
}

/** A doubt for the log, if there is one. @throws MutualError `crl-invalid` */
function checkSignature(list: Crl, anchors: readonly Certificate[], file: string): string | undefined {
  const issuers = anchors.filter(({ subject }) => canonicalName(subject) === canonicalName(list.issuer));
  if (issuers.length === 0) {
    // The list of an intermediate CA looks like this: its certificate comes with its clients only.
    return `the revocation list ${file} is of "${list.issuerDn}", which is not in the CA file`;
  }
  if (!issuers.some((issuer) => verifyCrlSignature(list, issuer))) {
    throw new MutualError(
      'crl-invalid',
      `the revocation list ${file} was not signed by the "${list.issuerDn}" of the CA file: its signature is false`,
    );
  }
  return undefined;
}

function summaryOf({ issuerDn, revokedCount, thisUpdate, nextUpdate }: Crl, file: string): string {
  const until = nextUpdate === undefined ? 'without an end' : `until ${nextUpdate.toISOString()}`;
  const entries = revokedCount === 1 ? '1 certificate is' : `${revokedCount} certificates are`;
  return `revocation list ${file} of "${issuerDn}": ${entries} revoked; from ${thisUpdate.toISOString()} ${until}`;
}

function dateWarnings(list: Crl, file: string, nowMs: number): string[] {
  const { issuerDn, thisUpdate, nextUpdate } = list;
  const what = `the revocation list ${file} of "${issuerDn}"`;
  if (nowMs < thisUpdate.getTime()) {
    return [`${what} counts only from ${thisUpdate.toISOString()} on: check the clocks of both machines`];
  }
  if (nextUpdate === undefined) return [];
  const left = nextUpdate.getTime() - nowMs;
  if (left < 0) return [`${what} ran out on ${nextUpdate.toISOString()}: fetch or write a new one`];
  if (nowMs > (listEndIsNearFromMs(list) ?? Number.POSITIVE_INFINITY)) {
    return [`${what} runs out on ${nextUpdate.toISOString()}: fetch or write a new one`];
  }
  return [];
}

/** As soon as there is one list the TLS library wants one of every CA. */
function missingWarnings(lists: readonly Crl[], anchors: readonly Certificate[]): string[] {
  const issuers = new Set(lists.map(({ issuer }) => canonicalName(issuer)));
  return anchors
    .filter(({ subject }) => !issuers.has(canonicalName(subject)))
    .map(
      ({ subjectDn }) => `there is no revocation list of "${subjectDn}": its clients are refused until there is one`,
    );
}
