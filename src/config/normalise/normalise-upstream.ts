// Upstreams of the file in, effective upstreams out; an upstream is also made for each URL that stands at a route.

import { splitCrlSources } from '../document/crl.ts';
import { type ServerDocument, type UpstreamDocument, upstreamOf } from '../document/document.ts';
import { omitUndefined } from '../omit-undefined.ts';
import type { UpstreamConfig, UpstreamServerConfig, UpstreamTlsConfig } from '../schema.ts';
import { placeAddress, type UpstreamAddress } from '../upstream-url.ts';

type ToPath = (path: string) => string;

export function normaliseUpstream(name: string, upstream: UpstreamDocument, toPath: ToPath): UpstreamConfig {
  return omitUndefined({
    name,
    servers: upstream.servers.map((server) => normaliseServer(server, upstream.maxConnections, toPath)),
    balance: upstream.balance,
    hashKey: upstream.hashKey,
    tls: upstream.tls === undefined ? undefined : normaliseTls(upstream.tls, toPath),
    connectTimeoutMs: upstream.connectTimeout,
    responseTimeoutMs: upstream.responseTimeout,
    bodyIdleTimeoutMs: upstream.bodyIdleTimeout,
    idleTimeoutMs: upstream.idleTimeout,
    resolveMs: upstream.resolve,
  });
}

/** Upstreams named by their URL, with every default of an upstream that is written out. */
export function implicitUpstreams(servers: readonly ServerDocument[], toPath: ToPath): UpstreamConfig[] {
  const addresses = servers.flatMap(({ routes }) =>
    routes.flatMap(({ upstream }) => (typeof upstream === 'object' ? [placeAddress(upstream, toPath)] : [])),
  );
  return addresses.map(({ url }: UpstreamAddress) => normaliseUpstream(url, upstreamOf(url), toPath));
}

function normaliseServer(
  server: UpstreamDocument['servers'][number],
  maxConnections: number | undefined,
  toPath: ToPath,
): UpstreamServerConfig {
  return omitUndefined({
    ...placeAddress(server.url, toPath),
    weight: server.weight,
    backup: server.backup,
    maxFails: server.maxFails,
    failTimeoutMs: server.failTimeout,
    maxConnections: server.maxConnections ?? maxConnections,
  });
}

function normaliseTls(tls: NonNullable<UpstreamDocument['tls']>, toPath: ToPath): UpstreamTlsConfig {
  const optional = (path: string | undefined) => (path === undefined ? undefined : toPath(path));
  return omitUndefined({
    certificate: optional(tls.certificate),
    key: optional(tls.key ?? tls.certificate),
    keyPasswordFile: optional(tls.keyPasswordFile),
    pkcs12: optional(tls.pkcs12),
    pkcs12PasswordFile: optional(tls.pkcs12PasswordFile),
    ca: tls.ca === 'system' ? tls.ca : (tls.ca ?? []).map(toPath),
    serverName: tls.serverName,
    ...splitCrlSources(tls.crl, toPath),
    unsafeSkipVerify: tls.unsafeSkipVerify,
    minVersion: tls.minVersion,
  });
}
