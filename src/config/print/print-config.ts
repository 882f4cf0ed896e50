// The effective configuration in, a configuration file out: every default written down, every path absolute. Loading
// the text gives an equal configuration. Files of keys and passwords are named, never read; what the operator wrote
// into templates himself is printed as it is.

import { stringify } from 'yaml';
import { omitUndefined } from '../omit-undefined.ts';
import type { Config, LimitsConfig, SignedIdentityConfig } from '../schema.ts';
import { formatDuration } from '../units.ts';
import { isUpstreamUrl } from '../upstream-url.ts';
import { printAdmin } from './print-admin.ts';
import { printHttp } from './print-http.ts';
import { printLog } from './print-log.ts';
import { oneOrMore, printSize } from './print-scalars.ts';
import { printServer } from './print-server.ts';
import { printUpstream } from './print-upstream.ts';

export function printConfig(config: Config): string {
  const upstreams = Object.values(config.upstreams).filter(({ name }) => !isUpstreamUrl(name));
  const document = omitUndefined({
    servers: config.servers.length === 0 ? undefined : config.servers.map(printServer),
    http: config.http === undefined ? undefined : printHttp(config.http),
    upstreams: upstreams.length === 0 ? undefined : Object.fromEntries(upstreams.map(printUpstream)),
    trustedProxies: config.trustedProxies,
    limits: printLimits(config.limits),
    log: printLog(config.log),
    signedIdentity: config.signedIdentity === undefined ? undefined : printSignedIdentity(config.signedIdentity),
    crlCache: config.crlCache,
    admin: config.admin === undefined ? undefined : printAdmin(config.admin),
    workers: config.workers,
  });
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false, indentSeq: true });
}

function printSignedIdentity({ keys, audience, lifetimeMs, ...rest }: SignedIdentityConfig): Record<string, unknown> {
  const printed = { key: oneOrMore(keys), ...rest, audience: audience && oneOrMore(audience) };
  return omitUndefined({ ...printed, lifetime: formatDuration(lifetimeMs) });
}

function printLimits(limits: LimitsConfig): Record<string, unknown> {
  return {
    handshakeTimeout: formatDuration(limits.handshakeTimeoutMs),
    headTimeout: formatDuration(limits.headTimeoutMs),
    idleTimeout: formatDuration(limits.idleTimeoutMs),
    requestTimeout: formatDuration(limits.requestTimeoutMs),
    bodyIdleTimeout: formatDuration(limits.bodyIdleTimeoutMs),
    maxHeadBytes: printSize(limits.maxHeadBytes),
    maxHeaders: limits.maxHeaders,
    maxConnections: limits.maxConnections,
    maxConnectionsPerAddress: limits.maxConnectionsPerAddress,
    maxRequestsPerConnection: limits.maxRequestsPerConnection,
    maxBodyBytes: printSize(limits.maxBodyBytes),
    maxConnectionAge: formatDuration(limits.maxConnectionAgeMs),
    drainTimeout: formatDuration(limits.drainTimeoutMs),
    http2MaxConcurrentStreams: limits.http2MaxConcurrentStreams,
  };
}
