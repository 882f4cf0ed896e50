// Whether a server asks clients for a certificate, as the words of the file come down to it.

import type { VerifyMode } from './schema.ts';

/** Of `tls.clients`: it is there to be verified, unless it says otherwise. */
export function verifyModeOf(clients: { readonly verify?: unknown } | null | undefined): VerifyMode {
  if (clients === undefined) {
    return 'none';
  }
  return clients?.verify === 'optional' || clients?.verify === 'none' ? clients.verify : 'required';
}

/** Of a server of the file, whatever its shape. */
export function serverVerifyMode(server: unknown): VerifyMode {
  const tls = (server as { tls?: { clients?: { verify?: unknown } } | null } | null)?.tls;
  return verifyModeOf(tls?.clients);
}
