// Revokes a certificate: its name, serial number or the certificate itself in; the index and a new revocation list out,
// in this order, so that no list ever forgets what the index says.
import { MutualError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { hasSigned } from '../x509/certification-path.ts';
import type { Crl } from '../x509/crl.ts';
import { canonicalName } from '../x509/name.ts';
import { type CaContext, indexEntryOf } from './certify.ts';
import { type FoundEntry, findEntry } from './find-entry.ts';
import { type IndexEntry, revokeEntry } from './index-file.ts';
import type { RevocationReason } from './revocation-reason.ts';
import { writeCrl } from './write-crl.ts';

export interface RevokeRequest {
  /** NAME, SERIAL or common name; or a certificate of this CA, which may be one that the index has never seen. */
  readonly target: string | Certificate;
  readonly reason?: RevocationReason;
  /** Life of the new revocation list. */
  readonly crlDays?: number;
}

export interface RevokedCertificate {
  readonly serial: string;
  readonly certificate: Certificate | undefined;
  readonly revokedAt: Date;
  readonly reason: RevocationReason | undefined;
  readonly crl: Crl;
}

/** @throws MutualError `certificate-unknown`, `already-revoked`, and what reading the CA's key throws. */
export async function revokeCertificate(context: CaContext, request: RevokeRequest): Promise<RevokedCertificate> {
  const { target, reason } = request;
  const { entry, certificate } =
    typeof target === 'string' ? await findEntry(context, target) : await findByCertificate(context, target);
  if (entry.revocation !== undefined) {
    const { at, reason: earlier } = entry.revocation;
    const why = earlier === undefined ? '' : ` (${earlier})`;
    throw new MutualError('already-revoked', `serial ${entry.serial} was revoked on ${at.toISOString()}${why} already`);
  }
  // The key comes first: with a wrong passphrase the index must not change either.
  await context.loadSigner();
  const index = await context.directory.readIndex();
  const others = index.filter(({ serial }) => serial !== entry.serial);
  await context.directory.writeIndex(
    others.length === index.length
      ? [...index, revokeEntry(entry, context.now, reason)]
      : index.map((line) => (line.serial === entry.serial ? revokeEntry(line, context.now, reason) : line)),
  );
  const crl = await writeCrl(context, request.crlDays);
  await noticeTwins(context, others, certificate);
  return { serial: entry.serial, certificate, revokedAt: context.now, reason, crl };
}

/** A certificate that came from outside the books, such as from the days of `openssl x509 -req`, is entered first. */
async function findByCertificate(context: CaContext, certificate: Certificate): Promise<FoundEntry> {
  if (!hasSigned(context.authority.certificate, certificate)) {
    throw new MutualError('certificate-unknown', `${certificate.subjectDn} was not signed by this CA`);
  }
  const index = await context.directory.readIndex();
  const entry = index.findLast(({ serial }) => serial === certificate.serialNumber);
  if (entry !== undefined) return { entry, certificate };
  if ((await context.directory.findRecorded(certificate.serialNumber)) === undefined) {
    await context.directory.recordCertificate(certificate);
  }
  return { entry: indexEntryOf(certificate), certificate };
}

/** Who revokes a name seldom means to leave its other certificate, from before a renewal, valid. */
async function noticeTwins(
  context: CaContext,
  others: readonly IndexEntry[],
  revoked: Certificate | undefined,
): Promise<void> {
  if (revoked === undefined) return;
  const subject = canonicalName(revoked.subject);
  for (const entry of others) {
    if (entry.status !== 'V' || entry.notAfter <= context.now) continue;
    const other = await context.directory.findRecorded(entry.serial);
    if (other === undefined || canonicalName(other.subject) !== subject) continue;
    context.onNotice(`another certificate of ${other.subjectDn} is still valid: serial ${entry.serial}`);
  }
}
