// Addresses of which one holds the others: `listen 80` takes what comes to `listen 127.0.0.1:80`, too, and the system lets
// only one of them be opened (ngx_http.c, ngx_http_init_listening). Which one was meant is asked of each connection.

import type { HttpListenConfig } from '../../../config/http-schema.ts';
import { formatListenAddress } from '../../../config/listen-address.ts';

const isWildcard = ({ address }: HttpListenConfig): boolean =>
  address.kind === 'tcp' && (address.host === '0.0.0.0' || address.host === '::');

/** Those that need a socket. */
export function socketsOf(listens: readonly HttpListenConfig[]): HttpListenConfig[] {
  const wildcards = listens.filter(isWildcard);
  return listens.filter((one) => isWildcard(one) || !wildcards.some((wildcard) => holds(wildcard, one)));
}

function holds({ address: all, ipv6only }: HttpListenConfig, { address: one }: HttpListenConfig): boolean {
  if (all.kind !== 'tcp' || one.kind !== 'tcp' || all.port !== one.port || all.port === 0) return false;
  if (one.host.includes(':')) return all.host === '::';
  return all.host === '0.0.0.0' || ipv6only === false;
}

/** The address that a connection has come to, as a key among addresses. */
export function keyOfArrival(address: string, port: number): string {
  return formatListenAddress({ kind: 'tcp', host: address, port });
}
