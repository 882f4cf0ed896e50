// The parsed file in, the effective configuration out: paths absolute, names given, implicit upstreams made explicit.
// Nothing can be wrong here any more; what could be was reported before.

import { dirname, resolve } from 'node:path';
import type { Document } from '../document/document.ts';
import { omitUndefined } from '../omit-undefined.ts';
import type { ClientsConfig, Config, LimitsConfig, ServerConfig, SignedIdentityConfig } from '../schema.ts';
import { normaliseAdmin } from './normalise-admin.ts';
import { normaliseHttp } from './normalise-http.ts';
import { normaliseLog } from './normalise-log.ts';
import { nameServers, normaliseServer } from './normalise-server.ts';
import { implicitUpstreams, normaliseUpstream } from './normalise-upstream.ts';

/** `file` is the absolute name of the file. */
export function normaliseDocument(document: Document, file: string): Config {
  const toPath = (path: string) => resolve(dirname(file), path);
  const servers: readonly ServerConfig[] = nameServers(
    document.servers.map((server) => normaliseServer(server, toPath)),
  );
  const named = Object.entries(document.upstreams).map(([name, upstream]) => normaliseUpstream(name, upstream, toPath));
  const implicit = implicitUpstreams(document.servers, toPath);
  const upstreams = [...named, ...implicit];
  const downloads = [...servers.map(({ tls }) => tls?.clients), ...upstreams.map(({ tls }) => tls)].some(
    downloadsLists,
  );
  const crlCache = document.crlCache ?? (downloads ? 'crl-cache' : undefined);
  return omitUndefined({
    servers,
    http: document.http === undefined ? undefined : normaliseHttp(document.http, dirname(file)),
    upstreams: Object.fromEntries(upstreams.map((upstream) => [upstream.name, upstream])),
    trustedProxies: document.trustedProxies ?? [],
    limits: normaliseLimits(document.limits),
    log: normaliseLog(document.log, toPath),
    admin: document.admin === undefined ? undefined : normaliseAdmin(document.admin, toPath),
    workers: document.workers,
    signedIdentity:
      document.signedIdentity === undefined ? undefined : normaliseSignedIdentity(document.signedIdentity, toPath),
    crlCache: crlCache === undefined ? undefined : toPath(crlCache),
    source: { file },
  });
}

function normaliseSignedIdentity(
  { key, lifetime, ...rest }: NonNullable<Document['signedIdentity']>,
  toPath: (path: string) => string,
): SignedIdentityConfig {
  return omitUndefined({ ...rest, keys: key.map(toPath), lifetimeMs: lifetime });
}

function downloadsLists(tls: Pick<ClientsConfig, 'crlUrls' | 'crlDistributionPoints'> | undefined): boolean {
  return tls?.crlUrls !== undefined || tls?.crlDistributionPoints === true;
}

function normaliseLimits(limits: Document['limits']): LimitsConfig {
  const {
    handshakeTimeout,
    headTimeout,
    idleTimeout,
    requestTimeout,
    bodyIdleTimeout,
    maxConnectionAge,
    drainTimeout,
    ...rest
  } = limits;
  return {
    handshakeTimeoutMs: handshakeTimeout,
    headTimeoutMs: headTimeout,
    idleTimeoutMs: idleTimeout,
    requestTimeoutMs: requestTimeout,
    bodyIdleTimeoutMs: bodyIdleTimeout,
    maxConnectionAgeMs: maxConnectionAge,
    drainTimeoutMs: drainTimeout,
    ...rest,
  };
}
