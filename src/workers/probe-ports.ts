// Finds out, before workers share them, whether addresses can be had: a port of which every worker has a socket of its own
// could be shared with a stranger, too, who belongs to the same user. Where any port will do, one is chosen for all.

import net from 'node:net';
import type { ListenConfig } from '../config/schema.ts';
import { bind } from '../gateway/accept/bind.ts';

/** By the key of the address. */
export type Ports = Readonly<Record<string, number>>;

/**
 * @param taken those that our own workers listen on already
 * @throws MutualError `address-in-use` or `address-unavailable`
 */
export async function probePorts(listeners: readonly ListenConfig[], taken: Ports = {}): Promise<Ports> {
  const ports: Record<string, number> = {};
  const held: net.Server[] = [];
  try {
    for (const config of listeners) {
      if (config.kind !== 'tcp') continue;
      const known = taken[config.key];
      if (known !== undefined) {
        ports[config.key] = known;
        continue;
      }
      const server = net.createServer();
      await bind(server, config);
      held.push(server);
      const address = server.address();
      ports[config.key] = typeof address === 'object' && address !== null ? address.port : config.port;
    }
    return ports;
  } finally {
    // All at once: two that ask for any port get two.
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}
