// Writes files so that a reader, or a crash, never finds half of one: content in, a durable file out. A new file
// appears whole or not at all and never takes the place of another; replacing is a separate word.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MutualError, messageOf, systemCodeOf } from '../errors.ts';

/**
 * Makes a file that must not exist yet.
 *
 * @param mode permissions; the process's umask can only take some away.
 * @throws MutualError `store-exists` when there is a file of this name, which stays as it is.
 */
export async function createFile(path: string, content: string | Buffer, mode: number): Promise<void> {
  const temporary = await writeTemporary(path, content, mode);
  try {
    await linkNew(temporary, path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw unwritable(path, error);
    throw new MutualError('store-exists', `${path} exists already; nothing is overwritten`, { cause: error });
  } finally {
    await rm(temporary, { force: true });
  }
  await syncDirectory(dirname(path));
}

/** Puts new content in the place of a file in one step: readers see the old file or the new one. */
export async function replaceFile(path: string, content: string | Buffer, mode: number): Promise<void> {
  const temporary = await writeTemporary(path, content, mode);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw unwritable(path, error);
  }
  await syncDirectory(dirname(path));
}

/** Keeps what a path holds now under a second path as well, which must not exist yet. */
export async function keepFile(path: string, second: string): Promise<void> {
  try {
    await linkNew(path, second);
  } catch (error) {
    throw unwritable(second, error);
  }
}

/** Gives a file a second name that must be free (`EEXIST` otherwise): link() never replaces, unlike rename(). */
export async function linkNew(path: string, second: string): Promise<void> {
  try {
    await link(path, second);
  } catch (error) {
    // FAT and some container mounts have no links: exclusive still, though not in one step.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(systemCodeOf(error) ?? '')) throw error;
    await copyFile(path, second, constants.COPYFILE_EXCL);
  }
}

async function writeTemporary(path: string, content: string | Buffer, mode: number): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  let file: FileHandle | undefined;
  try {
    // 'wx' is O_CREAT|O_EXCL: a planted symbolic link is not followed.
    file = await open(temporary, 'wx', mode);
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await file?.close();
    await rm(temporary, { force: true });
    throw unwritable(path, error);
  }
  await file.close();
  return temporary;
}

/** The new name itself must survive a power cut as well. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } catch (error) {
    // Some file systems cannot sync a directory, and need not.
    if (!['EINVAL', 'ENOTSUP', 'EPERM'].includes(systemCodeOf(error) ?? '')) throw unwritable(path, error);
  } finally {
    await directory.close();
  }
}

function unwritable(path: string, error: unknown): MutualError {
  return new MutualError('file-unwritable', `cannot write ${path}: ${messageOf(error)}`, { cause: error });
}
