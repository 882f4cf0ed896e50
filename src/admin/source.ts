// Where the admin listener has what it tells: the process that serves, or all of them. It does not know which.

import type { RunningGateway } from '../gateway/lifecycle.ts';
import type { FeedEvent } from '../gateway/observe/feed.ts';
import type { Observer } from '../gateway/observe/observer.ts';
import type { ReloadFacts } from '../gateway/observe/reload-facts.ts';
import type { Report } from '../gateway/status/report.ts';

export interface AdminSource {
  /**
   * Of all processes that serve, as one.
   *
   * @param after of the seconds only those behind this one (Unix time in seconds)
   * @returns undefined where none serves
   */
  report(after?: number): Promise<Report | undefined>;
  /** @returns ends it */
  subscribe(listener: (event: FeedEvent) => void): () => void;
  /** Reads the configuration, and all that it names, anew. */
  reload(): Promise<ReloadFacts>;
}

/** Of one gateway in this process. */
export function sourceOf(gateway: RunningGateway, observer: Observer, now: () => number): AdminSource {
  return {
    report: async (after) => gateway.report(after),
    subscribe: (listener) => observer.recorder.subscribe(listener),
    async reload() {
      const succeeded = await gateway.reload();
      const { lastReload } = observer.recorder.observation(Number.POSITIVE_INFINITY);
      return lastReload ?? { atMs: now(), result: succeeded ? 'succeeded' : 'failed', message: '' };
    },
  };
}
