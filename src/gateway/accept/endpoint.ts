// The ends of a connection as the later stages name them: an address and a port, or `unix:`.

import type net from 'node:net';
import type { ListenConfig } from '../../config/schema.ts';
import { MutualError } from '../../errors.ts';
import type { Endpoint } from './connection.ts';

/** @param address as Node tells it; a socket that is closed already has none */
export function endpointOf(config: ListenConfig, address: string | undefined, port: number | undefined): Endpoint {
  if (config.kind === 'unix') return { address: 'unix:', port: 0 };
  // An IPv4 client of a dual-stack socket is told by its IPv4 address, as rules and logs expect.
  return { address: (address ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, ''), port: port ?? 0 };
}

/** Where a server listens: the port is known here where the configuration says 0. */
export function boundEndpoint(server: net.Server, config: ListenConfig): Endpoint {
  if (config.kind === 'unix') return { address: `unix:${config.path}`, port: 0 };
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new MutualError('internal', `the listener ${config.key} has no address`);
  }
  return { address: address.address, port: address.port };
}
