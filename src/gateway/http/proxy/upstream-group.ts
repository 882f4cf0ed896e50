// An upstream: its servers with their addresses, how one is chosen, and the unused connections that are kept
// (ngx_http_upstream.c, ngx_http_upstream_keepalive_module.c).

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { HttpUpstreamConfig } from '../../../config/http-schema.ts';
import { MutualError } from '../../../errors.ts';
import type { Request } from '../request.ts';
import type { Compiler } from '../script/compiler.ts';
import { consistentChooser, consistentRing, hashChooser, ipHashChooser, randomChooser } from './hash-peers.ts';
import {
  type Chooser,
  chooseLeastConnections,
  chooseRoundRobin,
  createPeerChoice,
  type Peer,
  type PeerChoice,
} from './peers.ts';
import { createPool, type Pool } from './pool.ts';

export interface UpstreamGroup {
  /** Its name, or the address that stands for it. */
  readonly name: string;
  readonly pool: Pool;
  choose(request: Request): PeerChoice;
  /** Looks the names of its servers up, once. @throws MutualError `config-invalid` */
  resolve(): Promise<void>;
  close(): void;
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly socketPath: string | undefined;
}

/** `host:port`, `host`, `[v6]:port`, `unix:/path`. */
export function parseServerAddress(text: string, defaultPort: number): Address {
  if (text.startsWith('unix:')) return { host: '', port: 0, socketPath: text.slice(5).replace(/:$/, '') };
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text);
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (match === null || port > 65535) throw new MutualError('config-invalid', `invalid host in upstream "${text}"`);
  return { host: match[1] ?? match[2] ?? '', port, socketPath: undefined };
}

export function createUpstreamGroup(
  name: string,
  config: HttpUpstreamConfig,
  options: { readonly defaultPort: number; readonly compiler: Compiler; readonly now: () => number },
): UpstreamGroup {
  const { compiler, now, defaultPort } = options;
  let primary: Peer[] = [];
  let backups: Peer[] = [];
  const { balance } = config;
  const key = typeof balance === 'object' && 'hash' in balance ? compiler.value(balance.hash) : undefined;
  let ring: ReturnType<typeof consistentRing> | undefined;

  async function peersOf(backup: boolean): Promise<Peer[]> {
    const peers: Peer[] = [];
    for (const server of config.servers.filter((one) => one.backup === backup)) {
      const address = parseServerAddress(server.address, defaultPort);
      for (const { host, port, socketPath } of await addressesOf(address, name)) {
        const family = isIP(host);
        peers.push({
          name: socketPath === undefined ? `${family === 6 ? `[${host}]` : host}:${port}` : `unix:${socketPath}`,
          server: server.address,
          host,
          port,
          socketPath,
          weight: server.weight,
          maxFails: server.maxFails,
          failTimeoutMs: server.failTimeout,
          maxConnections: server.maxConnections,
          down: server.down,
          currentWeight: 0,
          effectiveWeight: server.weight,
          connections: 0,
          fails: 0,
          accessedMs: 0,
          checkedMs: 0,
        });
      }
    }
    return peers;
  }

  function chooser(request: Request): Chooser {
    if (balance === 'least-connections') return chooseLeastConnections;
    if (balance === 'ip-hash') return ipHashChooser(request.remote.address);
    if (typeof balance !== 'object') return chooseRoundRobin;
    if ('random' in balance) return randomChooser(balance.random === 'two');
    const text = key?.of(request) ?? '';
    if (!balance.consistent) return hashChooser(text);
    ring ??= consistentRing(primary);
    return consistentChooser(text, ring);
  }

  const pool = createPool({
    most: config.keepalive ?? 0,
    requests: config.keepaliveRequests,
    timeMs: config.keepaliveTime,
    timeoutMs: config.keepaliveTimeout,
    monotonic: () => performance.now(),
  });
  return {
    name,
    pool,
    choose: (request) => createPeerChoice({ peers: primary, backups }, chooser(request), now),
    async resolve() {
      if (primary.length + backups.length > 0) return;
      primary = await peersOf(false);
      backups = await peersOf(true);
    },
    close: () => pool.close(),
  };
}

async function addressesOf(address: Address, upstream: string): Promise<Address[]> {
  if (address.socketPath !== undefined || isIP(address.host) !== 0) return [address];
  try {
    const found = await lookup(address.host, { all: true, order: 'ipv4first' });
    return found.map(({ address: host }) => ({ host, port: address.port, socketPath: undefined }));
  } catch (cause) {
    throw new MutualError('config-invalid', `host not found in upstream "${upstream}": ${address.host}`, { cause });
  }
}
