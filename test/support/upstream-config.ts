// Upstreams as the configuration would describe them, with short time limits, from the facts that a test cares about.

import type { UpstreamConfig, UpstreamServerConfig, UpstreamTlsConfig } from '../../src/config/schema.ts';
import type { UpstreamLog } from '../../src/gateway/forward/upstream/log.ts';

export type ServerFacts = Partial<
  Pick<UpstreamServerConfig, 'weight' | 'backup' | 'maxFails' | 'failTimeoutMs' | 'maxConnections'>
>;

/** @param url `http://127.0.0.1:80`, `https://...` or `unix:/path` */
export function serverAt(url: string, facts: ServerFacts = {}): UpstreamServerConfig {
  const common = { url, weight: 1, backup: false, maxFails: 1, failTimeoutMs: 10_000, ...facts };
  if (url.startsWith('unix:')) {
    return { ...common, kind: 'unix', protocol: 'http', socketPath: url.slice(5), hostHeader: 'localhost' };
  }
  const { protocol, hostname, port, host } = new URL(url);
  return {
    ...common,
    kind: 'tcp',
    protocol: protocol === 'https:' ? 'https' : 'http',
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port),
    hostHeader: host,
  };
}

export function makeUpstreamConfig(
  servers: readonly (string | UpstreamServerConfig)[],
  facts: Partial<UpstreamConfig> = {},
): UpstreamConfig {
  return {
    name: 'service1',
    servers: servers.map((server) => (typeof server === 'string' ? serverAt(server) : server)),
    balance: 'round-robin',
    connectTimeoutMs: 5000,
    responseTimeoutMs: 5000,
    bodyIdleTimeoutMs: 5000,
    idleTimeoutMs: 60_000,
    resolveMs: 30_000,
    ...facts,
  };
}

export function makeUpstreamTlsConfig(facts: Partial<UpstreamTlsConfig> = {}): UpstreamTlsConfig {
  return { ca: [], crl: [], unsafeSkipVerify: false, minVersion: 'TLSv1.2', ...facts };
}

export interface RecordingLog extends UpstreamLog {
  error(facts: object, message: string): void;
  /** `warn: message` */
  readonly lines: readonly string[];
}

export function createRecordingLog(): RecordingLog {
  const lines: string[] = [];
  return {
    lines,
    info: (_facts, message) => lines.push(`info: ${message}`),
    warn: (_facts, message) => lines.push(`warn: ${message}`),
    error: (_facts, message) => lines.push(`error: ${message}`),
  };
}
