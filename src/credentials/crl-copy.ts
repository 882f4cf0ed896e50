// The copy of a downloaded revocation list on disk, and beside it what its server calls this version. Both are written so
// that a crash, or another process that keeps copies in the same directory, never makes an old list pass for a new one.

import { hash, randomBytes } from 'node:crypto';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MutualError, systemCodeOf, whyUnreadable } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { type CrlFile, judgeOf, parseCrlFile } from './crl-file.ts';
import type { Validators } from './download-file.ts';

export interface CrlCopy extends CrlFile {
  /** undefined: the server named no version, or it is not known to be that of this file. */
  readonly validators: Validators | undefined;
}

export interface CopyPlace {
  readonly directory: string;
  /** The list as it came: PEM or DER. */
  readonly file: string;
  /** JSON. */
  readonly notes: string;
}

/** Downloads have ended long before; what is older was left by a process that died. */
const leftoverMs = 60 * 60_000;

/** A name that a person knows again, and that no two URLs share. */
export function copyPlaceOf(directory: string, url: URL): CopyPlace {
  const host = url.hostname.replaceAll(/[^a-z0-9.-]/g, '_').slice(0, 100);
  const file = join(directory, `${host}-${hash('sha256', url.href).slice(0, 16)}.crl`);
  return { directory, file, notes: `${file}.json` };
}

/** Where a download goes until it is known to be good. */
export const temporaryFileOf = ({ file }: CopyPlace): string => `${file}.${randomBytes(8).toString('hex')}.part`;

/**
 * @param known what was read before: the same bytes are not parsed again, which for a long list takes a while
 * @returns undefined if there is none
 * @throws MutualError `file-unreadable`, `pem-invalid` or `crl-invalid`
 */
export async function readCopy(
  place: CopyPlace,
  issuers: readonly Certificate[],
  known: CrlFile | undefined,
): Promise<CrlCopy | undefined> {
  let content: Buffer;
  try {
    content = await readFile(place.file);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw new MutualError('file-unreadable', `${place.file} ${whyUnreadable(error)}`, { cause: error });
  }
  const isKnown =
    known !== undefined && known.judgedBy === judgeOf(issuers) && known.sha256 === hash('sha256', content);
  const file = isKnown ? known : parseCrlFile(content, place.file, issuers);
  return { ...file, validators: await readNotes(place, file.sha256) };
}

/** Puts a download in the place of the copy, in one step. */
export async function replaceCopy(
  place: CopyPlace,
  temporary: string,
  file: CrlFile,
  validators: Validators,
): Promise<CrlCopy> {
  await rename(temporary, place.file);
  // The hash ties them to the list: a version with another list behind it would hide every newer one.
  await writeFile(place.notes, `${JSON.stringify({ sha256: file.sha256, ...validators })}\n`, { mode: 0o600 });
  return { ...file, validators: isEmpty(validators) ? undefined : validators };
}

/** Removes what downloads of this list have left behind. */
export async function removeLeftovers({ directory, file }: CopyPlace, nowMs: number): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const parts = names
    .map((name) => join(directory, name))
    .filter((path) => path.startsWith(`${file}.`) && path.endsWith('.part'));
  for (const path of parts) {
    const age = nowMs - ((await stat(path).catch(() => undefined))?.mtimeMs ?? nowMs);
    if (age > leftoverMs) await rm(path, { force: true }).catch(() => {});
  }
}

/** Notes that cannot be read cost no more than a download. */
async function readNotes({ notes }: CopyPlace, sha256: string): Promise<Validators | undefined> {
  let found: unknown;
  try {
    found = JSON.parse(await readFile(notes, 'utf8'));
  } catch {
    return undefined;
  }
  if (typeof found !== 'object' || found === null || !('sha256' in found) || found.sha256 !== sha256) return undefined;
  const validators = {
    ...('etag' in found && typeof found.etag === 'string' ? { etag: found.etag } : {}),
    ...('lastModified' in found && typeof found.lastModified === 'string' ? { lastModified: found.lastModified } : {}),
  };
  return isEmpty(validators) ? undefined : validators;
}

const isEmpty = (validators: Validators): boolean => Object.keys(validators).length === 0;
