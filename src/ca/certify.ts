// The one way to a new leaf certificate, whoever asked for it: what shall stand in it comes in, the certificate goes out,
// signed and in the books. Its record is durable before anybody can hold it, so that it can always be revoked.
import type { KeyObject } from 'node:crypto';
import { MutualError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { canonicalName, type Name, printLegacy } from '../x509/name.ts';
import type { AltName } from './alt-name.ts';
import type { Authority } from './authority.ts';
import type { CaDirectory } from './ca-directory.ts';
import type { IndexEntry } from './index-file.ts';
import { type Profile, planProfile, planValidity, type Validity } from './profiles.ts';
import { randomSerialNumber } from './serial-number.ts';
import { type IntermediateContents, signIntermediate, signLeaf } from './sign-certificate.ts';
import type { Signer } from './signer.ts';

/** What every operation of a CA works with. */
export interface CaContext {
  readonly directory: CaDirectory;
  readonly authority: Authority;
  /** Reads the CA's key; only what signs asks for it. */
  readonly loadSigner: () => Promise<Signer>;
  readonly now: Date;
  /** Told, in one line each, what the caller should know though it is no error. */
  readonly onNotice: (notice: string) => void;
}

export interface LeafOrder {
  readonly profile: Profile;
  /** In DER. */
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly altNames: readonly AltName[];
  readonly days: number;
  readonly crlUrls: readonly string[];
}

/** Signs a certificate and enters it into the books. */
export function certify(context: CaContext, order: LeafOrder): Promise<Certificate> {
  const { profile, days, ...contents } = order;
  const plan = planProfile(profile, order.publicKey);
  return enter(context, days, (signer, serial, validity) => signLeaf(signer, { ...contents, plan, serial, validity }));
}

export interface IntermediateOrder extends Omit<IntermediateContents, 'serial' | 'validity'> {
  readonly days: number;
}

/** Signs the certificate of an intermediate CA and enters it into the books. */
export function certifyIntermediate(
  context: CaContext,
  { days, ...contents }: IntermediateOrder,
): Promise<Certificate> {
  return enter(context, days, (signer, serial, validity) =>
    signIntermediate(signer, { ...contents, serial, validity }),
  );
}

async function enter(
  context: CaContext,
  days: number,
  sign: (signer: Signer, serial: string, validity: Validity) => Promise<Certificate>,
): Promise<Certificate> {
  const { directory } = context;
  const signer = await context.loadSigner();
  const index = await directory.readIndex();
  const serials = new Set(index.map(({ serial }) => serial));
  const serial = randomSerialNumber((taken) => serials.has(taken));
  const certificate = await sign(signer, serial, checkedValidity(context, days));
  await directory.recordCertificate(certificate);
  await directory.writeIndex([...index, indexEntryOf(certificate)]);
  serials.add(certificate.serialNumber);
  await directory.writeSerial(randomSerialNumber((serial) => serials.has(serial)));
  return certificate;
}

/** The line of the index for a new certificate. */
export function indexEntryOf(certificate: Certificate): IndexEntry {
  return {
    status: 'V',
    notAfter: certificate.notAfter,
    revocation: undefined,
    serial: certificate.serialNumber,
    file: 'unknown',
    subject: printLegacy(certificate.subject),
  };
}

/** What makes one certificate the double of another. */
export interface Likeness {
  readonly subject: Name;
  /** Lower-case hex; undefined for a key that is yet to be made. */
  readonly spkiSha256: string | undefined;
}

/**
 * Refuses to certify a subject or a key that a valid certificate of this CA has already: two holders of one name cannot
 * be told apart by any rule, and one key under two names belongs to somebody who holds both.
 *
 * @throws MutualError `csr-refused` naming the other certificate.
 */
export async function refuseDuplicates(context: CaContext, wanted: Likeness): Promise<void> {
  const subject = canonicalName(wanted.subject);
  for (const entry of await context.directory.readIndex()) {
    if (entry.status !== 'V' || entry.notAfter <= context.now) continue;
    const other = await context.directory.findRecorded(entry.serial);
    if (other === undefined) continue;
    const same =
      canonicalName(other.subject) === subject ? 'subject' : other.spkiSha256 === wanted.spkiSha256 ? 'key' : undefined;
    if (same === undefined) continue;
    const which = `serial ${entry.serial}, valid until ${other.notAfter.toISOString().slice(0, 10)}`;
    throw new MutualError(
      'csr-refused',
      `a valid certificate with the same ${same} exists (${other.subjectDn}, ${which}); revoke it first, or say --allow-duplicate`,
    );
  }
}

function checkedValidity(context: CaContext, days: number) {
  const { certificate } = context.authority;
  if (!Number.isInteger(days) || days < 1 || days > 36_500) {
    throw new MutualError('usage', `a certificate lives a whole number of days from 1 to 36500, not ${days}`);
  }
  if (certificate.notAfter <= context.now) {
    const end = certificate.notAfter.toISOString().slice(0, 10);
    throw new MutualError(
      'certificate-invalid',
      `the CA itself (${certificate.subjectDn}) ended on ${end}; nothing can be signed any more`,
    );
  }
  const validity = planValidity(days, context.now, certificate);
  if (validity.clamped) {
    const end = validity.notAfter.toISOString().slice(0, 10);
    context.onNotice(`valid until ${end} only, and not for ${days} days: the CA's own certificate ends then`);
  }
  return validity;
}
