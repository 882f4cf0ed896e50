// Binds a server to its address. A Unix socket that a dead process left behind is removed first; one that
// somebody still answers on is not.

import { chmodSync, statSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import type { ListenConfig } from '../../config/schema.ts';
import { MutualError, messageOf, systemCodeOf } from '../../errors.ts';

/** @throws MutualError `address-in-use` or `address-unavailable` */
export async function bind(server: net.Server, config: ListenConfig, ipv6Only: boolean): Promise<void> {
  if (config.kind === 'unix') await removeDeadSocket(config.path);
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => reject(bindError(error, config.key));
    server.once('error', fail);
    const bound = (): void => {
      server.off('error', fail);
      resolve();
    };
    if (config.kind === 'unix') server.listen({ path: config.path, backlog: 511 }, bound);
    else server.listen({ host: config.host, port: config.port, ipv6Only, backlog: 511 }, bound);
  });
  if (config.kind === 'unix' && config.mode !== undefined) chmodSync(config.path, config.mode);
}

async function removeDeadSocket(path: string): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  const alive = await new Promise<boolean>((resolve) => {
    const probe = net.connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
  if (!alive) unlinkSync(path);
}

function bindError(error: Error, key: string): MutualError {
  switch (systemCodeOf(error)) {
    case 'EADDRINUSE':
      return new MutualError('address-in-use', `cannot listen on ${key}: the address is already in use`, {
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new MutualError('address-unavailable', `cannot listen on ${key}: permission denied`, { cause: error });
    case 'EADDRNOTAVAIL':
      return new MutualError('address-unavailable', `cannot listen on ${key}: this machine has no such address`, {
        cause: error,
      });
    default:
      return new MutualError('address-unavailable', `cannot listen on ${key}: ${messageOf(error)}`, { cause: error });
  }
}
