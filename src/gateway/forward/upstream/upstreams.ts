// All upstreams of one configuration, by name. Those that a reload leaves as they were are taken over with their open
// connections and what is known of their servers; the others are made anew.

import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../../config/schema.ts';
import type { Credentials } from '../../../credentials/load-credentials.ts';
import type { UpstreamCredentials } from '../../../credentials/upstream-credentials.ts';
import { MutualError } from '../../../errors.ts';
import type { UpstreamLog } from './log.ts';
import type { LookupAll } from './resolve.ts';
import { createUpstream, type Upstream, type UpstreamSnapshot } from './upstream.ts';

export interface Upstreams {
  /** @throws MutualError `internal` for a name that the configuration does not have */
  get(name: string): Upstream;
  snapshot(): readonly UpstreamSnapshot[];
  /** Another one takes over: what it has not taken over is let go when nothing is in flight there any more. */
  retire(next: Upstreams): void;
  /** This one will not be used after all: what it has not taken over from `before` is closed. */
  discard(before: Upstreams): void;
  /** Closes everything, at the latest after `deadlineMs`; default: at once. */
  close(deadlineMs?: number): Promise<void>;
  readonly entries: ReadonlyMap<string, UpstreamEntry>;
}

interface UpstreamEntry {
  readonly upstream: Upstream;
  /** Changes with everything that was read from disk for it. */
  readonly credentialsDigest: string;
}

export interface UpstreamsDependencies {
  readonly log: UpstreamLog;
  readonly now: () => number;
  /** Default: the process's. */
  readonly monotonic?: () => number;
  /** Default: the machine's. */
  readonly lookupAll?: LookupAll;
}

/** @throws MutualError where the TLS library refuses credentials */
export function createUpstreams(
  config: Config,
  credentials: Credentials,
  before: Upstreams | undefined,
  dependencies: UpstreamsDependencies,
): Upstreams {
  const { monotonic = () => performance.now() } = dependencies;
  const entries = new Map<string, UpstreamEntry>();
  for (const own of Object.values(config.upstreams)) {
    const read = credentials.upstreams.get(own.name);
    const credentialsDigest = digestOf(read);
    const known = before?.entries.get(own.name);
    const same = known?.credentialsDigest === credentialsDigest && isDeepStrictEqual(known.upstream.config, own);
    const upstream = same ? known.upstream : createUpstream(own, { ...dependencies, monotonic, credentials: read });
    entries.set(own.name, { upstream, credentialsDigest });
  }
  const notIn = (other: Upstreams): Upstream[] => {
    const shared = new Set([...other.entries.values()].map(({ upstream }) => upstream));
    return [...entries.values()].map(({ upstream }) => upstream).filter((upstream) => !shared.has(upstream));
  };

  return {
    entries,
    get(name) {
      const entry = entries.get(name);
      if (entry === undefined) throw new MutualError('internal', `there is no upstream ${name}`);
      return entry.upstream;
    },
    snapshot: () => [...entries.values()].map(({ upstream }) => upstream.snapshot()),
    retire(next) {
      for (const upstream of notIn(next)) upstream.retire();
    },
    discard(other) {
      for (const upstream of notIn(other)) void upstream.close(0);
    },
    async close(deadlineMs = 0) {
      await Promise.all([...entries.values()].map(({ upstream }) => upstream.close(deadlineMs)));
    },
  };
}

function digestOf(credentials: UpstreamCredentials | undefined): string {
  if (credentials === undefined) return '';
  const { client, anchors, revocationLists } = credentials;
  const digest = createHash('sha256');
  const add = (part: string | Buffer): void => {
    digest.update(`${part.length}\n`).update(part);
  };
  if (client?.kind === 'pem') for (const part of [client.certificate, client.key]) add(part);
  if (client?.kind === 'pkcs12') for (const part of [client.pfx, client.passphrase]) add(part);
  for (const anchor of anchors === 'system' ? [] : anchors) add(anchor.der);
  add(String(anchors === 'system'));
  for (const list of revocationLists) add(list.der);
  return digest.digest('hex');
}
