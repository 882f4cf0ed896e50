// Keeps refusals from filling the disk: of each code so many lines a second are written, and what comes beyond that is
// counted and told in one line at the end of the second. No refusal goes uncounted.

import type { ErrorCode } from '../../errors.ts';

export interface RefusalLimiter {
  /** Whether this one gets a line of its own; if not, it is counted. */
  admit(code: ErrorCode): boolean;
  /** Tells what has been counted and not told yet, now. */
  flush(): void;
}

export interface RefusalLimiterOptions {
  /** Lines of one code in a second; 0: no limit. */
  readonly perSecond: () => number;
  /** Told once a second of each code that went beyond. */
  readonly onMore: (code: ErrorCode, count: number) => void;
}

const windowMs = 1000;

export function createRefusalLimiter({ perSecond, onMore }: RefusalLimiterOptions): RefusalLimiter {
  const seen = new Map<ErrorCode, { written: number; more: number }>();
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const told = [...seen];
    seen.clear();
    for (const [code, { more }] of told) if (more > 0) onMore(code, more);
  }

  return {
    admit(code) {
      const most = perSecond();
      if (most === 0) return true;
      // Without refusals there is no timer; the first one begins a second.
      timer ??= setTimeout(flush, windowMs).unref();
      let count = seen.get(code);
      if (count === undefined) {
        count = { written: 0, more: 0 };
        seen.set(code, count);
      }
      if (count.written < most) {
        count.written += 1;
        return true;
      }
      count.more += 1;
      return false;
    },
    flush,
  };
}
