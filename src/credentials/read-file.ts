// Reads one file that the operator named. Every way in which that can fail is told in one clear line.

import { readFileSync, statSync } from 'node:fs';
import { MutualError, whyUnreadable } from '../errors.ts';

/** A revocation list of a million entries takes some 40 MB; anything larger is a mistake. */
const maxFileBytes = 128 * 1024 * 1024;

/**
 * @param role what the file is for, as the operator would say it: `the certificate`, `the client CA`
 * @throws MutualError `file-unreadable`
 */
export function readCredentialFile(file: string, role: string): Buffer {
  try {
    const { size } = statSync(file);
    if (size > maxFileBytes) {
      throw new MutualError('file-unreadable', `${role} ${file} is larger than ${maxFileBytes} bytes`);
    }
    return readFileSync(file);
  } catch (error) {
    if (error instanceof MutualError) throw error;
    throw new MutualError('file-unreadable', `${role} ${file} ${whyUnreadable(error)}`, { cause: error });
  }
}

/** The first line of a password file, as nginx's ssl_password_file reads it. */
export function readPasswordFile(file: string): string {
  return readCredentialFile(file, 'the password file').toString('utf8').split(/\r?\n/, 1)[0] ?? '';
}
