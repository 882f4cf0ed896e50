// Binds a server to its address. A Unix socket that a dead process left behind is removed first; one that
// somebody still answers on, or that we may not ask, is not.

import { chmodSync, existsSync, statSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import { dirname } from 'node:path';
import type { ListenConfig } from '../../config/schema.ts';
import { MutualError, messageOf, systemCodeOf } from '../../errors.ts';

/** How processes that belong together have one address. */
export interface AddressSharing {
  /** Whether each has a socket of its own there, and the kernel shares connections out (SO_REUSEPORT). */
  readonly reusePort: boolean;
  /** Where the configuration asks for any port: the one that all of them take. By the key of the address. */
  portOf(key: string): number | undefined;
}

/** @throws MutualError `address-in-use` or `address-unavailable` */
export async function bind(server: net.Server, config: ListenConfig, sharing?: AddressSharing): Promise<void> {
  try {
    if (config.kind === 'unix') await removeDeadSocket(config.path);
    await listen(server, config, sharing);
    if (config.kind === 'unix' && config.mode !== undefined) chmodSync(config.path, config.mode);
  } catch (error) {
    server.close();
    throw bindError(error, config);
  }
}

function listen(server: net.Server, config: ListenConfig, sharing: AddressSharing | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const bound = (): void => {
      server.off('error', reject);
      resolve();
    };
    if (config.kind === 'unix') server.listen({ path: config.path, backlog: 511 }, bound);
    else {
      const { host } = config;
      const port = config.port === 0 ? (sharing?.portOf(config.key) ?? 0) : config.port;
      server.listen({ host, port, backlog: 511, ...(sharing?.reusePort === true ? { reusePort: true } : {}) }, bound);
    }
  });
}

/** Only a refused connection says that nobody is there: any other error comes from one who is. */
async function removeDeadSocket(path: string): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  const refusal = await new Promise<string | undefined>((resolve) => {
    const probe = net.connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(undefined);
    });
    probe.once('error', (error) => resolve(systemCodeOf(error)));
  });
  if (refusal === 'ECONNREFUSED') unlinkSync(path);
}

function bindError(error: unknown, config: ListenConfig): MutualError {
  const code = systemCodeOf(error) === 'EADDRINUSE' ? 'address-in-use' : 'address-unavailable';
  return new MutualError(code, `cannot listen on ${config.key}: ${whyNot(error, config)}`, { cause: error });
}

function whyNot(error: unknown, config: ListenConfig): string {
  switch (systemCodeOf(error)) {
    case 'EADDRINUSE':
      return config.kind === 'unix' && statSync(config.path, { throwIfNoEntry: false })?.isSocket() === false
        ? 'a file that is no socket is in its place'
        : 'the address is already in use';
    case 'EACCES':
    case 'EPERM':
      return whyNotAllowed(config);
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address';
    case 'EAFNOSUPPORT':
      return 'this machine has no IPv6; listen on 0.0.0.0 for all addresses';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name cannot be resolved';
    default:
      return messageOf(error);
  }
}

function whyNotAllowed(config: ListenConfig): string {
  if (config.kind === 'tcp') {
    return `permission denied${config.port < 1024 ? ': ports below 1024 usually need a privilege' : ''}`;
  }
  // Node says EACCES of every directory that it cannot make a socket in.
  return existsSync(dirname(config.path)) ? 'permission denied' : 'its directory does not exist or may not be entered';
}
