// Lays a new CA into a directory: a root made here, or the certificate and key of one made by hand. The certificate is
// written last, so that a directory with a `ca.crt` is whole.
import { realpath, symlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MutualError, messageOf } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { loadAuthority, loadSigner } from './authority.ts';
import { type CaDirectory, fileModes } from './ca-directory.ts';
import { keyPem } from './issue.ts';
import { generateKey, parseKeySpec } from './key-spec.ts';
import { printOpensslConfig } from './openssl-config.ts';
import { defaultDays, planValidity } from './profiles.ts';
import { randomSerialNumber } from './serial-number.ts';
import { signRoot } from './sign-certificate.ts';
import { keyIdentifier } from './signer.ts';
import { encodeSubject, parseSubject, type Subject, withCommonName } from './subject.ts';
import { createFile } from './write-file.ts';

export interface RootRequest {
  /** The common name. Default: `mutual CA` and a piece of its key's identifier, so that no two are called the same. */
  readonly name?: string;
  /** RFC 4514 or openssl's slashes; the name becomes the CN unless there is one. */
  readonly subject?: string;
  readonly days?: number;
  /** `P-256` (default), `P-384`, `P-521`, `rsa:3072`, `ed25519`. */
  readonly key?: string;
  /** Encrypts the private key (PKCS#8, AES-256-CBC). */
  readonly passphrase?: string;
  /** How many CAs may stand between it and a certificate. Default: 0, it has no intermediate CAs. */
  readonly pathLength?: number;
}

/** Makes a root CA. @throws MutualError `store-exists`, `usage` */
export async function makeRoot(directory: CaDirectory, request: RootRequest, now: Date): Promise<void> {
  const days = request.days ?? defaultDays.root;
  if (!Number.isInteger(days) || days < 1 || days > 36_500) {
    throw new MutualError('usage', `a CA lives a whole number of days from 1 to 36500, not ${days}`);
  }
  if (request.passphrase === '') throw new MutualError('usage', 'the passphrase is empty');
  const keys = await generateKey(parseKeySpec(request.key ?? 'P-256'));
  const name = request.name ?? `mutual CA ${(await keyIdentifier(keys.publicKey)).slice(0, 8).toUpperCase()}`;
  const subject = rootSubject({ subject: request.subject, name });
  await prepare(directory);
  const serial = randomSerialNumber(() => false);
  const root = await signRoot({
    serial,
    subject: await encodeSubject(subject),
    validity: planValidity(days, now),
    keys,
    pathLength: request.pathLength,
  });
  await createFile(directory.paths.key, keyPem(keys.privateKey, request.passphrase), fileModes.caKey);
  await writeBooks(directory, [root]);
}

/** The subject of a root: what was asked for, with the name as its CN unless it has one. */
export function rootSubject(request: { subject: string | undefined; name: string }): Subject {
  return withCommonName(request.subject === undefined ? [] : parseSubject(request.subject), request.name);
}

/**
 * Takes over a CA that was made by hand: its certificate is copied; its key stays where it is, linked to.
 *
 * @throws MutualError `store-exists`, and what reading the two files throws.
 */
export async function adoptRoot(
  directory: CaDirectory,
  files: { certificate: string; key: string },
  passphrase: string | undefined,
): Promise<void> {
  const authority = await loadAuthority(files.certificate);
  await loadSigner(files, authority, passphrase);
  await prepare(directory);
  const key = await realpath(resolve(files.key));
  await symlink(key, directory.paths.key).catch((error: unknown) => {
    throw new MutualError('file-unwritable', `cannot link ${directory.paths.key}: ${messageOf(error)}`, {
      cause: error,
    });
  });
  await writeBooks(directory, [authority.certificate, ...authority.parents]);
}

export async function prepare(directory: CaDirectory): Promise<void> {
  const taken = await directory.isTaken();
  if (taken !== undefined) {
    throw new MutualError('store-exists', `there is a CA already: ${taken} exists, and nothing is overwritten`);
  }
  await directory.makeDirectories();
}

/** The files that `openssl ca` wants, and last the certificate. */
export async function writeBooks(directory: CaDirectory, chain: readonly Certificate[]): Promise<void> {
  const { paths } = directory;
  await createFile(paths.index, '', fileModes.public);
  await createFile(paths.indexAttributes, 'unique_subject = no\n', fileModes.public);
  await createFile(paths.serial, `${randomSerialNumber(() => false)}\n`, fileModes.public);
  await createFile(paths.crlNumber, '01\n', fileModes.public);
  await createFile(paths.opensslConfig, printOpensslConfig(await realpath(paths.directory)), fileModes.public);
  await createFile(paths.certificate, chain.map((certificate) => certificate.pem()).join(''), fileModes.public);
}
