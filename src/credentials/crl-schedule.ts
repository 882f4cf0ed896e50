// Decides when a revocation list is asked for next. Pure: the clock and chance are arguments.

export interface ScheduleInput {
  readonly nowMs: number;
  /** How long the operator wants a list to be relied on. */
  readonly refreshMs: number;
  /** Attempts that have failed since one succeeded. */
  readonly failures: number;
  /** The list that is kept and runs out first; undefined: there is none, or it never runs out. */
  readonly firstToEnd: { readonly thisUpdate: Date; readonly nextUpdate: Date } | undefined;
  /** From 0 to 1. */
  readonly chance: number;
}

const leastMs = 1000;
/** What timers of Node can wait. */
const mostMs = 2 ** 31 - 1;
const firstRetryMs = 30_000;
const longestRetryMs = 60 * 60_000;
/** A list is not asked for more often than this while its end comes nearer. */
const nearEndMs = 60_000;
const longestLeadMs = 60 * 60_000;
/** Gateways that were started together do not come back together. */
const jitter = 0.1;

/** @returns milliseconds from now */
export function decideNextDownload(input: ScheduleInput): number {
  const { refreshMs, failures, chance } = input;
  const pauseMs = failures === 0 ? dueIn(input) : Math.min(longestRetryMs, firstRetryMs * 2 ** (failures - 1));
  const delayMs = Math.min(refreshMs, pauseMs, mostMs) * (1 - jitter * chance);
  return Math.max(leastMs, Math.round(delayMs));
}

/** A good CA has the next list ready before the last one ends: from then on it is asked for more and more often. */
function dueIn({ nowMs, refreshMs, firstToEnd }: ScheduleInput): number {
  if (firstToEnd === undefined) return refreshMs;
  const endMs = firstToEnd.nextUpdate.getTime();
  const leadMs = Math.min(longestLeadMs, (endMs - firstToEnd.thisUpdate.getTime()) / 5);
  const leftMs = endMs - nowMs;
  return leftMs > leadMs ? leftMs - leadMs : Math.max(nearEndMs, leftMs / 2);
}
