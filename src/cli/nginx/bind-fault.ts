// `bind() to 127.0.0.1:80 failed (98: Address already in use)`: why an address cannot be listened on, as nginx says it;
// and the question whether it could be, for a test of a configuration.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { type ListenAddress, listenAddresses, listensOf } from '../../nginx/check/addresses-end.ts';
import { NginxFault, printSystemError } from '../../nginx/nginx-fault.ts';
import type { DirectiveNode } from '../../nginx/read/directive-node.ts';
import { blocksOf } from '../../nginx/read/levels.ts';

/** @param cause what Node.js says; it takes a folder that is missing for one that may not be entered */
export function bindFault(key: string, cause: unknown): NginxFault {
  const isFolderMissing = key.startsWith('unix:') && !existsSync(dirname(key.slice('unix:'.length)));
  const error = isFolderMissing ? { errno: 2, code: 'ENOENT' } : cause;
  return new NginxFault(`bind() to ${key} failed ${printSystemError(error)}`);
}

/** @throws NginxFault for an address that could not be bound, but not for one that is in use: it may be by ourselves */
export async function checkAddresses(nodes: readonly DirectiveNode[]): Promise<void> {
  const http = nodes.find(({ name }) => name === 'http')?.block ?? [];
  const texts = blocksOf(http, 'server').flatMap((server) => listensOf(server).map(({ args }) => args[0] ?? ''));
  const addresses = new Map(texts.flatMap(listenAddresses).map((address) => [address.key, address]));
  for (const address of addresses.values()) await checkAddress(address);
}

async function checkAddress({ key, kind, host, port }: ListenAddress): Promise<void> {
  // A socket that is there belongs to somebody; one that is not would be made by asking.
  if (kind === 'unix' && existsSync(dirname(host))) return;
  const server = createServer();
  try {
    server.listen(kind === 'unix' ? { path: host } : { host, port, exclusive: true, ipv6Only: kind === 'inet6' });
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw bindFault(key, error);
  }
}
