// Leaves alone what has just failed: longer after every failure, and then for one try first. So something that is dead costs
// one caller its timeout every now and then, and not every caller.

import { createRecent } from './recent.ts';

export interface Pause {
  readonly untilMs: number;
  /** Why there is a pause. */
  readonly reason: string;
}

/** One try; say how it went. */
export interface Try {
  /** Whether it had failed before. */
  succeeded(): boolean;
  /** The pause that follows; undefined if tries that ran side by side failed together, which counts once. */
  failed(reason: string): Pause | undefined;
}

export interface Pauses {
  /** The pause that something is in; undefined: it may be tried. */
  pauseOf(key: string): Pause | undefined;
  /** After a failure nobody else may try until this one has said how it went, or `tryMs` are over. */
  begin(key: string, tryMs: number): Try;
}

interface Failing extends Pause {
  readonly failures: number;
  readonly sinceMs: number;
}

export interface PausesOptions {
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly maxEntries: number;
  /** Default 1 s; doubled after each failure. */
  readonly firstMs?: number;
  /** Default one minute. */
  readonly longestMs?: number;
}

export function createPauses({ now, maxEntries, firstMs = 1000, longestMs = 60_000 }: PausesOptions): Pauses {
  const failing = createRecent<Failing>(maxEntries);
  return {
    pauseOf(key) {
      const found = failing.get(key);
      // A clock that was set back must not make a pause longer.
      return found !== undefined && now() >= found.sinceMs && now() < found.untilMs ? found : undefined;
    },
    begin(key, tryMs) {
      const before = failing.get(key);
      if (before !== undefined) failing.set(key, { ...before, sinceMs: now(), untilMs: now() + tryMs });
      const failures = before?.failures ?? 0;
      return {
        succeeded() {
          const hadFailed = failing.get(key) !== undefined;
          failing.delete(key);
          return hadFailed;
        },
        failed(reason) {
          const already = failing.get(key);
          if (already !== undefined && already.failures > failures) return undefined;
          const pauseMs = Math.min(longestMs, firstMs * 2 ** failures);
          const next = { failures: failures + 1, reason, sinceMs: now(), untilMs: now() + pauseMs };
          failing.set(key, next);
          return next;
        },
      };
    },
  };
}
