// A step of the rewrite module, compiled.

import type { Value } from '../script/value.ts';

/** `stop`: no more steps. An answer ends the request. Undefined: the next step. */
export type StepResult<R> = 'stop' | Answer<R> | undefined;

export interface Answer<R> {
  readonly status: number;
  /** The body, or where a redirect leads. */
  readonly text: Value<R> | undefined;
}

export type Step<R> = (request: R) => StepResult<R>;
