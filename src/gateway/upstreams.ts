// The upstreams of one configuration. What a reload does not change is taken over with its open connections; what it
// changes is made anew, and the old one lives until its last request is done.

import type { Config, UpstreamConfig } from '../config/schema.ts';
import type { Credentials } from '../credentials/load-credentials.ts';
import type { UpstreamCredentials } from '../credentials/upstream-credentials.ts';
import { MutualError } from '../errors.ts';
import { createUpstream, type Upstream, type UpstreamDependencies } from './forward/upstream/upstream.ts';

export interface Upstreams {
  /** @throws MutualError `internal` for a name that the configuration does not have */
  get(name: string): Upstream;
  /** What `next` has not taken over keeps no connection any more; what is in flight goes on. */
  retireExcept(next: Upstreams): void;
  /** Closes at once what was not taken over from `previous`: this configuration never came into force. */
  discardExcept(previous: Upstreams): void;
  /** Closes all, after what is in flight, at most after `deadlineMs`. */
  close(deadlineMs: number): Promise<void>;
  /** By name. */
  readonly kept: ReadonlyMap<string, Kept>;
}

interface Kept {
  readonly upstream: Upstream;
  /** Equal fingerprints: the same servers, reached with the same credentials. */
  readonly fingerprint: string;
}

/** @throws MutualError where the TLS library refuses a credential */
export function createUpstreams(
  config: Config,
  credentials: Credentials,
  previous: Upstreams | undefined,
  dependencies: Omit<UpstreamDependencies, 'credentials'>,
): Upstreams {
  const kept = new Map<string, Kept>();
  for (const upstream of Object.values(config.upstreams)) {
    const own = credentials.upstreams.get(upstream.name);
    const fingerprint = fingerprintOf(upstream, own);
    const known = previous?.kept.get(upstream.name);
    kept.set(
      upstream.name,
      known?.fingerprint === fingerprint
        ? known
        : { upstream: createUpstream(upstream, { ...dependencies, credentials: own }), fingerprint },
    );
  }
  const others = (than: Upstreams): Upstream[] =>
    [...kept.values()].map(({ upstream }) => upstream).filter((upstream) => !holds(than, upstream));
  return {
    kept,
    get(name) {
      const found = kept.get(name);
      if (found === undefined) throw new MutualError('internal', `there is no upstream ${name}`);
      return found.upstream;
    },
    retireExcept(next) {
      for (const upstream of others(next)) upstream.retire();
    },
    discardExcept(previous) {
      for (const upstream of others(previous)) void upstream.close(0);
    },
    async close(deadlineMs) {
      await Promise.all([...kept.values()].map(({ upstream }) => upstream.close(deadlineMs)));
    },
  };
}

function holds({ kept }: Upstreams, upstream: Upstream): boolean {
  return kept.get(upstream.config.name)?.upstream === upstream;
}

function fingerprintOf(config: UpstreamConfig, credentials: UpstreamCredentials | undefined): string {
  const { client, anchors = [], revocationLists = [] } = credentials ?? {};
  const shown = client?.kind === 'pem' ? [client.certificate, client.key] : client?.pfx.toString('base64');
  return JSON.stringify([
    config,
    shown,
    anchors === 'system' ? anchors : anchors.map(({ sha256 }) => sha256),
    revocationLists.map(({ der }) => der.toString('base64')),
  ]);
}
