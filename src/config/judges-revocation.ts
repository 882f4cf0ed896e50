// Whether the TLS library is left out of revocation on a server, and all of it is judged by us.

import type { ClientsConfig } from './schema.ts';

/**
 * With lapsed lists to be kept the library would refuse everybody, and so it would where a list is fetched only when
 * somebody has named it.
 */
export function judgesRevocation({
  onCrlExpired,
  crlDistributionPoints,
}: Pick<ClientsConfig, 'onCrlExpired' | 'crlDistributionPoints'>): boolean {
  return onCrlExpired === 'keep' || crlDistributionPoints === true;
}
