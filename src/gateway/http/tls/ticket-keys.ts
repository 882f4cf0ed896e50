// `ssl_session_ticket_key`: files of 48 or 80 bytes in, keys as Node takes them out. The first seals, the others open.

import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { HttpServerSettings } from '../../../config/http-schema.ts';
import { MutualError, whyUnreadable } from '../../../errors.ts';

/** Undefined where the configuration names none. @throws MutualError where a file cannot be used */
export function readTicketKeys(
  { sslSessionTicketKeys: files }: HttpServerSettings,
  configured: (file: string) => string,
): readonly Buffer[] | undefined {
  return files?.map((file) => {
    const name = configured(file);
    let bytes: Buffer;
    try {
      bytes = readFileSync(name);
    } catch (cause) {
      throw new MutualError('file-unreadable', `cannot load ticket key "${name}": it ${whyUnreadable(cause)}`, {
        cause,
      });
    }
    if (bytes.length === 48) return bytes;
    // Node takes keys of 48 bytes alone: the name stays as it is, what seals comes of all that the file holds.
    return Buffer.concat([bytes.subarray(0, 16), hash('sha256', bytes, 'buffer')]);
  });
}
