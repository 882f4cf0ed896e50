// Answers what the admin listener asks of this process: what was seen, what is in force, and how the process is doing.
// Reads only; what it makes for one configuration is made once.

import type { Logger } from 'pino';
import { printShownConfig } from '../config/print/print-shown-config.ts';
import type { Generation } from './generation.ts';
import type { Observer } from './observe/observer.ts';
import { type CredentialItem, credentialItemsOf } from './status/credential-items.ts';
import { createExpiryWatch } from './status/expiry-watch.ts';
import { createProcessWatch } from './status/process-status.ts';
import { credentialReasons, type ReadinessReason } from './status/readiness.ts';
import type { Report } from './status/report.ts';
import { upstreamStatusOf } from './status/upstream-status.ts';

export interface Reporter {
  /** @param after of the seconds only those behind this one (Unix time in seconds) */
  report(after?: number): Report;
  close(): void;
}

export interface ReporterDependencies {
  readonly generation: () => Generation;
  readonly observer: Observer;
  readonly addresses: () => Report['addresses'];
  readonly isDraining: () => boolean;
  readonly openConnections: () => number;
  /** 0 without workers, else from 1. */
  readonly worker: number;
  readonly log: Logger;
  readonly now: () => number;
}

export function createReporter(dependencies: ReporterDependencies): Reporter {
  const { generation, observer, addresses, isDraining, openConnections, worker, log, now } = dependencies;
  const processWatch = createProcessWatch(worker, now());
  const made = new WeakMap<Generation, { readonly items: readonly CredentialItem[]; readonly text: string }>();

  function madeFor(one: Generation): { readonly items: readonly CredentialItem[]; readonly text: string } {
    const known = made.get(one);
    if (known !== undefined) return known;
    const { config, credentials } = one;
    const fresh = { items: credentialItemsOf(config, credentials), text: printShownConfig(config) };
    made.set(one, fresh);
    return fresh;
  }

  const expiryWatch = createExpiryWatch({ items: () => madeFor(generation()).items, log, now });

  return {
    report(after) {
      const current = generation();
      const { config, credentials } = current;
      const { items, text } = madeFor(current);
      const nowMs = now();
      const observation = observer.recorder.observation(after);
      const draining: readonly ReadinessReason[] = isDraining()
        ? [{ code: 'draining', text: 'it is stopping: open connections end, new ones are not taken' }]
        : [];
      const { requests } = observation.counters;
      return {
        observation,
        credentials: items,
        reasons: [...draining, ...credentialReasons(config, credentials, nowMs)],
        upstreams: upstreamStatusOf(config, current.upstreams.snapshot()),
        configuration: { file: config.source.file, text, loadedAtMs: current.loadedAtMs },
        addresses: addresses(),
        processes: [
          {
            ...processWatch.status(nowMs),
            openConnections: openConnections(),
            requests: Object.values(requests).reduce((sum, count) => sum + count, 0),
          },
        ],
      };
    },
    close() {
      expiryWatch.close();
      processWatch.close();
    },
  };
}
