// The time that a whole request may take to arrive, head and body, from its first byte on.

import type { Timed, TimeLimit, Timeouts } from '../timeouts.ts';

export class WholeRequestLimit implements Timed {
  timeLimit: TimeLimit | undefined = undefined;
  readonly #timeouts: Timeouts;
  readonly #onOver: () => void;

  constructor(timeouts: Timeouts, onOver: () => void) {
    this.#timeouts = timeouts;
    this.#onOver = onOver;
  }

  /** Does nothing where it runs already. 0: no limit. */
  start(limitMs: number): void {
    if (limitMs > 0 && this.timeLimit?.list === undefined) this.#timeouts.start(this, limitMs);
  }

  stop(): void {
    if (this.timeLimit !== undefined) this.#timeouts.stop(this);
  }

  onTimeout(): void {
    this.#onOver();
  }
}
