// What happens, as it happens, for those who watch. While nobody does it costs nothing; when more happens than people
// can read, some of it is left out and counted.

import type { RefusalRecord } from './refusal-record.ts';
import type { ReloadFacts } from './reload-facts.ts';
import type { RequestEvent } from './request-event.ts';

/** Requests, and refusals, that are told in a second. */
export const toldPerSecond = 50;

export type FeedEvent =
  | { readonly kind: 'request'; readonly data: RequestEvent }
  | { readonly kind: 'refusal'; readonly data: RefusalRecord }
  | { readonly kind: 'reload'; readonly data: ReloadFacts }
  | { readonly kind: 'omitted'; readonly data: { readonly requests: number; readonly refusals: number } };

export interface Feed {
  /** Whether this one is to be made and published; where not, it is counted as left out. */
  wants(kind: 'request' | 'refusal'): boolean;
  publish(event: FeedEvent): void;
  /** A new second begins: tells what was left out of the last one. */
  tick(): void;
  /** @returns ends it */
  subscribe(listener: (event: FeedEvent) => void): () => void;
}

export function createFeed(): Feed {
  const listeners = new Set<(event: FeedEvent) => void>();
  const told = { request: 0, refusal: 0 };
  const publish = (event: FeedEvent): void => {
    for (const listener of listeners) listener(event);
  };
  return {
    wants(kind) {
      if (listeners.size === 0) return false;
      told[kind] += 1;
      return told[kind] <= toldPerSecond;
    },
    publish,
    tick() {
      const requests = Math.max(0, told.request - toldPerSecond);
      const refusals = Math.max(0, told.refusal - toldPerSecond);
      told.request = 0;
      told.refusal = 0;
      if (requests + refusals > 0) publish({ kind: 'omitted', data: { requests, refusals } });
    },
    subscribe(listener) {
      // A function of its own, so that the same listener may subscribe twice.
      const own = (event: FeedEvent): void => listener(event);
      listeners.add(own);
      return () => listeners.delete(own);
    },
  };
}
