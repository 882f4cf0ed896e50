// When a worker that has ended unexpectedly is replaced: at once the first time, and ever later while its successors do
// not last. Pure.

export interface RestartState {
  /** Workers in its place that ended one after the other without having lasted. */
  readonly failures: number;
}

export interface RestartDecision extends RestartState {
  readonly delayMs: number;
}

/** One that has lived so long has lasted: what ended it is not what ends every one. */
const lastedMs = 10_000;
const firstDelayMs = 100;
const longestDelayMs = 30_000;

/** @param ranMs how long the one that has ended was there */
export function decideRestart({ failures }: RestartState, ranMs: number): RestartDecision {
  const before = ranMs >= lastedMs ? 0 : failures;
  const delayMs = before === 0 ? 0 : Math.min(firstDelayMs * 2 ** (before - 1), longestDelayMs);
  return { failures: before + 1, delayMs };
}
