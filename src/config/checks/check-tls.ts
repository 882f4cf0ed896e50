// Client verification: what it needs before it can be done.

import type { Finding } from '../config-error.ts';
import { serverVerifyMode } from '../verify-mode.ts';
import { fieldsOf, itemsOf } from './raw.ts';

/** Without anchors nobody could be verified; the public roots are never meant. */
export function checkTls(document: Readonly<Record<string, unknown>>): Finding[] {
  return itemsOf(document.servers).flatMap((server, index): Finding[] => {
    const { clients } = fieldsOf(fieldsOf(server).tls);
    if (serverVerifyMode(server) === 'none' || clients === null || fieldsOf(clients).ca !== undefined) {
      return [];
    }
    const message = 'needs `ca`, the authorities whose clients are admitted (or `verify: none`)';
    return [{ path: ['servers', index, 'tls', 'clients'], message, atKey: true }];
  });
}
