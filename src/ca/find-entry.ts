// Finds the certificate that a person means by a NAME, a SERIAL or a common name: text in, its line of the index out, with
// the certificate itself where it is still there. Never guesses between two.
import { MutualError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { attributeValues } from '../x509/name.ts';
import type { CaContext } from './certify.ts';
import { isEntryName } from './entry-name.ts';
import type { IndexEntry } from './index-file.ts';
import { parseSerialNumber } from './serial-number.ts';

export interface FoundEntry {
  readonly entry: IndexEntry;
  readonly certificate: Certificate | undefined;
}

/**
 * A name that has a file here comes first, then a serial number, then a common name.
 *
 * @throws MutualError `certificate-unknown` if there is none, or if two valid ones share the common name.
 */
export async function findEntry(context: CaContext, target: string): Promise<FoundEntry> {
  const { directory } = context;
  const index = await directory.readIndex();
  const named = isEntryName(target) ? await directory.findNamed(target) : undefined;
  for (const serial of [named?.serialNumber, parseSerialNumber(target)]) {
    const entry = index.findLast((candidate) => candidate.serial === serial);
    if (entry !== undefined) return { entry, certificate: await directory.findRecorded(entry.serial) };
  }
  return findByCommonName(context, index, target);
}

/** Every certificate of the index whose record is still there. */
export async function readRecords(context: CaContext, index: readonly IndexEntry[]): Promise<FoundEntry[]> {
  const records: FoundEntry[] = [];
  // One after the other: an index may be longer than a process may have files open.
  for (const entry of index) records.push({ entry, certificate: await context.directory.findRecorded(entry.serial) });
  return records;
}

async function findByCommonName(context: CaContext, index: readonly IndexEntry[], target: string): Promise<FoundEntry> {
  const all = (await readRecords(context, index)).filter(({ certificate }) => {
    return certificate !== undefined && attributeValues(certificate.subject, 'commonName').includes(target);
  });
  const valid = all.filter(({ entry }) => entry.status === 'V');
  if (valid.length > 1) {
    const serials = valid.map(({ entry }) => entry.serial).join(', ');
    throw new MutualError(
      'certificate-unknown',
      `${valid.length} valid certificates have the CN "${target}"; say which by serial: ${serials}`,
    );
  }
  const found = valid[0] ?? all.at(-1);
  if (found !== undefined) return found;
  throw new MutualError('certificate-unknown', `this CA has no certificate with the name or serial number "${target}"`);
}
