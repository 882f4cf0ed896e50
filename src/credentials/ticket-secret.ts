// The secret that keys of session tickets are made of: a file in the form of nginx's `ssl_session_ticket_key` in, its
// bytes out. Whoever has it can read what was sent in sessions of TLS 1.2 and take up sessions of others.

import { statSync } from 'node:fs';
import { MutualError } from '../errors.ts';
import { readCredentialFile } from './read-file.ts';

/** `openssl rand 48` or `openssl rand 80`, as nginx takes them (ngx_ssl_session_ticket_keys). */
const lengths: readonly number[] = [48, 80];

export interface TicketSecret {
  readonly bytes: Buffer;
  /** Sentences for the log. */
  readonly warnings: readonly string[];
}

/** @throws MutualError `file-unreadable` or `key-invalid` */
export function loadTicketSecret(file: string): TicketSecret {
  const bytes = readCredentialFile(file, 'the ticket key');
  if (!lengths.includes(bytes.length)) {
    throw new MutualError(
      'key-invalid',
      `the ticket key ${file} has ${bytes.length} bytes and needs 48 or 80 ("openssl rand 48 > ${file}")`,
    );
  }
  // A file of one byte repeated is a placeholder that somebody forgot.
  if (new Set(bytes).size < 8) throw new MutualError('key-invalid', `the ticket key ${file} is not random`);
  const readable = (statSync(file).mode & 0o007) !== 0;
  return {
    bytes,
    warnings: readable ? [`the ticket key ${file} may be read by everybody on this machine: chmod 600`] : [],
  };
}
