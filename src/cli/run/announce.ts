// The line that scripts wait for: everything is bound, and where.

import type { Logger } from 'pino';
import type { ListeningAddress } from '../../gateway/listening-address.ts';

export function announce(addresses: readonly ListeningAddress[], log: Pick<Logger, 'info'>): void {
  const urls = addresses.map(({ url }) => url);
  log.info({ addresses: addresses.map(({ url, servers }) => ({ url, servers })) }, `ready: ${urls.join(' ')}`);
}
