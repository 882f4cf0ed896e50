// Gives a name a new certificate like its old one: the same subject, names and purpose, a new time and (unless told
// otherwise) a new key. The files keep their names; what they held before stays in `archive`, findable by its serial.
import type { KeyObject } from 'node:crypto';
import { MutualError, systemCodeOf } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { keyMatches, parsePrivateKey } from '../x509/private-key.ts';
import { altNamesOf } from './alt-name.ts';
import { readBytes } from './authority.ts';
import { fileModes } from './ca-directory.ts';
import { type CaContext, certify } from './certify.ts';
import { encryptedKey, isEncryptedKey } from './encrypted-key.ts';
import { parseEntryName } from './entry-name.ts';
import { findEntry } from './find-entry.ts';
import { chainPem, type IssuedCertificate, keyPem } from './issue.ts';
import { generateKey, type KeyPair, keySpecOf } from './key-spec.ts';
import { profilesOf } from './list-certificates.ts';
import { dayMs, type Profile } from './profiles.ts';
import type { EntryPaths } from './store-paths.ts';
import { encodedSubjectOf } from './subject.ts';
import { replaceFile } from './write-file.ts';

export interface RenewRequest {
  readonly name: string;
  /** Keep the key. Default: a new one of the same type. */
  readonly sameKey?: boolean;
  /** Default: as many as the old certificate was made for. */
  readonly days?: number;
  /** Of the key as it is, and as it will be. Absent: it is not encrypted. */
  readonly keyPassphrase?: string;
}

export interface RenewedCertificate extends IssuedCertificate {
  readonly previous: Certificate;
}

/**
 * The old certificate stays valid until it ends or is revoked, so that nobody is locked out meanwhile.
 *
 * @throws MutualError `certificate-unknown`, `key-invalid` where there is no key to renew, `usage`.
 */
export async function renewCertificate(context: CaContext, request: RenewRequest): Promise<RenewedCertificate> {
  const name = parseEntryName(request.name);
  const previous = await findPrevious(context, name);
  const files = context.directory.entryPaths(name);
  const oldKey = await readKey(files.key, request.keyPassphrase);
  const { entry } = await findEntry(context, previous.serialNumber);
  if (request.sameKey === true && entry.revocation?.reason === 'keyCompromise') {
    throw new MutualError('key-invalid', `the key of "${name}" was revoked as compromised; renew it with a new key`);
  }
  if (request.sameKey === true && oldKey !== undefined && !keyMatches(previous, oldKey)) {
    throw new MutualError('key-mismatch', `${files.key} is not the key of ${files.certificate}`);
  }
  const fresh = request.sameKey === true ? undefined : await freshKey(previous, oldKey, name);
  const profile = profileOf(previous, name);
  const certificate = await certify(context, {
    profile,
    subject: await encodedSubjectOf(previous),
    publicKey: fresh?.publicKey ?? previous.x509.publicKey,
    altNames: altNamesOf(previous),
    days: request.days ?? lifetimeDays(previous),
    crlUrls: previous.crlUrls,
  });
  await context.directory.archive(name, previous.serialNumber);
  const key = fresh?.privateKey ?? oldKey;
  const pem = key && keyPem(key, request.keyPassphrase);
  await replaceFiles(files, chainPem(context, certificate), pem);
  return { name, profile, certificate, files, hasKey: key !== undefined, previous };
}

/** @throws MutualError `certificate-unknown` */
export async function findPrevious(context: CaContext, name: string): Promise<Certificate> {
  const previous = await context.directory.findNamed(name);
  if (previous !== undefined) return previous;
  const { certificate } = context.directory.entryPaths(name);
  throw new MutualError('certificate-unknown', `there is no certificate named "${name}": no ${certificate}`);
}

/** The key is the one thing a request's sender keeps: without it only `--same-key` or a new request can renew. */
async function freshKey(previous: Certificate, oldKey: KeyObject | undefined, name: string): Promise<KeyPair> {
  if (oldKey === undefined) {
    throw new MutualError(
      'key-invalid',
      `the key of "${name}" was made elsewhere: sign a new request of its owner, or keep the key with --same-key`,
    );
  }
  return generateKey(keySpecOf(previous.x509.publicKey) ?? { type: 'ec', curve: 'P-256' });
}

function profileOf(previous: Certificate, name: string): Profile {
  const [profile, other] = profilesOf(previous);
  if (profile !== undefined && other === undefined) return profile;
  throw new MutualError(
    'certificate-invalid',
    `"${name}" is not for a client or a server alone; issue a new certificate`,
  );
}

/** How many days a certificate was made for. */
export function lifetimeDays(previous: Certificate): number {
  return Math.max(1, Math.round((previous.notAfter.getTime() - previous.notBefore.getTime()) / dayMs));
}

async function readKey(path: string, passphrase: string | undefined): Promise<KeyObject | undefined> {
  try {
    const pem = await readBytes(path);
    if (passphrase === undefined && isEncryptedKey(pem)) throw encryptedKey(path);
    return parsePrivateKey(pem, path, passphrase);
  } catch (error) {
    if (error instanceof MutualError && systemCodeOf(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Key, bundle, certificate: each changes in one step. Who reads two of them checks that they belong together. */
async function replaceFiles(files: EntryPaths, chain: string, key: string | undefined): Promise<void> {
  if (key !== undefined) {
    await replaceFile(files.key, key, fileModes.key);
    await replaceFile(files.bundle, chain + key, fileModes.key);
  }
  await replaceFile(files.certificate, chain, fileModes.public);
}
