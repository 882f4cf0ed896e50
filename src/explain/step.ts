// One thing that is looked at on the way of a client, with its outcome in words.

export type StepName =
  | 'server'
  | 'chain'
  | 'strength'
  | 'dates'
  | 'revocation'
  | 'purpose'
  | 'ocsp'
  | 'trust'
  | 'route'
  | 'rule'
  | 'headers';

export interface Step {
  readonly name: StepName;
  /** `skipped`: it neither speaks for the client nor against it. */
  readonly outcome: 'ok' | 'failed' | 'skipped';
  /** A whole sentence, without a full stop. */
  readonly text: string;
  /** What the text sums up, a line each. */
  readonly details?: readonly string[];
  /** How to mend it, where it failed. */
  readonly advice?: string | undefined;
}
