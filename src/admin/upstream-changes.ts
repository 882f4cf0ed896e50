// Which servers of upstreams have gone down, begun to fail, or come back since the last look.

import type { Report } from '../gateway/status/report.ts';
import type { UpstreamEvent } from './events.ts';
import { upstreamEntries } from './snapshot-of.ts';

type State = UpstreamEvent['state'];

export interface UpstreamChanges {
  /** The first look after the start tells nothing: it is what the others are compared with. */
  since(report: Report, nowMs: number): readonly UpstreamEvent[];
  forget(): void;
}

export function createUpstreamChanges(): UpstreamChanges {
  let known: Map<string, State> | undefined;
  return {
    since(report, nowMs) {
      const events: UpstreamEvent[] = [];
      const found = new Map<string, State>();
      for (const { name, servers } of upstreamEntries(report)) {
        for (const { url, up, why } of servers) {
          const key = `${name}\0${url}`;
          const state = !up ? 'down' : why === null ? 'up' : 'failing';
          found.set(key, state);
          if (known === undefined || (known.get(key) ?? 'up') === state) continue;
          events.push({ atMs: nowMs, upstream: name, url, state, text: why ?? `${url} answers again` });
        }
      }
      known = found;
      return events;
    },
    forget() {
      known = undefined;
    },
  };
}
