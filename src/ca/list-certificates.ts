// What the CA has signed, and how each certificate stands today: the index and the records in, one value each out.
// Reads only; needs no key and no lock.

import type { Certificate } from '../x509/certificate.ts';
import { purposeOids } from '../x509/certification-path.ts';
import { type AltName, altNamesOf } from './alt-name.ts';
import type { CaContext } from './certify.ts';
import { readRecords } from './find-entry.ts';
import type { IndexEntry } from './index-file.ts';
import { daysUntil, type Profile } from './profiles.ts';
import type { RevocationReason } from './revocation-reason.ts';

export type CertificateStatus = 'valid' | 'expired' | 'revoked';

export interface ListedCertificate {
  /** Under which name it lies in the directory; undefined for one that was renewed since, or signed by openssl. */
  readonly name: string | undefined;
  readonly serial: string;
  readonly status: CertificateStatus;
  readonly subjectDn: string;
  readonly profiles: readonly Profile[];
  readonly altNames: readonly AltName[];
  readonly notAfter: Date;
  /** Days until `notAfter`, a begun one counting whole; negative once it is days past. */
  readonly daysLeft: number;
  readonly revokedAt: Date | undefined;
  readonly reason: RevocationReason | undefined;
  /** Undefined where the record of the certificate is gone. */
  readonly certificate: Certificate | undefined;
}

/** Every certificate of the index, oldest first. */
export async function listCertificates(context: CaContext): Promise<ListedCertificate[]> {
  const names = await context.directory.namesBySerial();
  const records = await readRecords(context, await context.directory.readIndex());
  return records.map(({ entry, certificate }) => ({
    name: names.get(entry.serial),
    serial: entry.serial,
    status: statusOf(entry, context.now),
    subjectDn: certificate?.subjectDn ?? entry.subject,
    profiles: certificate === undefined ? [] : profilesOf(certificate),
    altNames: certificate === undefined ? [] : altNamesOf(certificate),
    notAfter: entry.notAfter,
    daysLeft: daysUntil(entry.notAfter, context.now),
    revokedAt: entry.revocation?.at,
    reason: entry.revocation?.reason,
    certificate,
  }));
}

/** The clock decides and not the `E` of the index: openssl writes it only when it is asked to. */
export function statusOf(entry: IndexEntry, now: Date): CertificateStatus {
  if (entry.revocation !== undefined) return 'revoked';
  return entry.notAfter <= now ? 'expired' : 'valid';
}

/** What a certificate may be used for; without an extendedKeyUsage, for both. */
export function profilesOf(certificate: Certificate): Profile[] {
  const { extendedKeyUsage } = certificate;
  return (['client', 'server'] as const).filter((profile) => extendedKeyUsage?.includes(purposeOids[profile]) ?? true);
}
