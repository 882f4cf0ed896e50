// What is really listened on, as people and scripts are told of it. Pure.

import type { Config } from '../config/schema.ts';
import type { Listener } from './accept/listener.ts';
import type { HttpServers } from './http/http-servers.ts';

export interface ListeningAddress {
  /** Canonical text of the configured address. */
  readonly listener: string;
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly servers: readonly string[];
}

export function describeHttpAddress({ listener, address, port }: HttpServers['addresses'][number]): ListeningAddress {
  const unix = address.startsWith('unix:') || port === 0;
  const host = address.includes(':') && !unix ? `[${address}]` : address;
  return { listener, host: address, port, url: unix ? listener : `http://${host}:${port}`, servers: ['http'] };
}

export function describeAddress({ key, address }: Pick<Listener, 'key' | 'address'>, config: Config): ListeningAddress {
  const servers = config.servers.filter(({ listen }) => listen.some((one) => one.key === key));
  const scheme = servers.some(({ tls }) => tls !== undefined) ? 'https' : 'http';
  const host =
    address.address.includes(':') && !address.address.startsWith('unix:') ? `[${address.address}]` : address.address;
  return {
    listener: key,
    host: address.address,
    port: address.port,
    url: address.address.startsWith('unix:') ? address.address : `${scheme}://${host}:${address.port}`,
    servers: servers.map(({ name }) => name),
  };
}
