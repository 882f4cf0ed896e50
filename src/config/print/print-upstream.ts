// One effective upstream as the file would have it, under its name.

import { omitUndefined } from '../omit-undefined.ts';
import type { UpstreamConfig, UpstreamServerConfig, UpstreamTlsConfig } from '../schema.ts';
import { formatDuration } from '../units.ts';
import { printCrl } from './print-crl.ts';
import { oneOrMore } from './print-scalars.ts';

export function printUpstream(upstream: UpstreamConfig): [name: string, printed: Record<string, unknown>] {
  const printed = omitUndefined({
    servers: upstream.servers.map(printServer),
    balance: upstream.balance,
    hashKey: upstream.hashKey?.source,
    tls: upstream.tls === undefined ? undefined : printTls(upstream.tls),
    connectTimeout: formatDuration(upstream.connectTimeoutMs),
    responseTimeout: formatDuration(upstream.responseTimeoutMs),
    bodyIdleTimeout: formatDuration(upstream.bodyIdleTimeoutMs),
    idleTimeout: formatDuration(upstream.idleTimeoutMs),
    resolve: formatDuration(upstream.resolveMs),
  });
  return [upstream.name, printed];
}

function printServer({ url, weight, backup, maxFails, failTimeoutMs, maxConnections }: UpstreamServerConfig): object {
  return omitUndefined({ url, weight, backup, maxFails, failTimeout: formatDuration(failTimeoutMs), maxConnections });
}

function printTls({ crl, crlUrls, ...tls }: UpstreamTlsConfig): Record<string, unknown> {
  const ca = typeof tls.ca === 'string' ? tls.ca : tls.ca.length === 0 ? undefined : oneOrMore(tls.ca);
  return omitUndefined({ ...tls, ca, crl: printCrl(crl, crlUrls) });
}
