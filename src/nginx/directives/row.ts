// What is known of a directive beforehand: where it may stand, what it takes, and what becomes of it. The one table
// that the reader checks files with, that the translation goes by, and that docs/nginx.md is made from.

import type { ValueKind } from './value-kind.ts';

/** Where a directive may stand; `server-if` and `location-if` are the blocks of `if`, by what they stand in. */
export type Context =
  | 'main'
  | 'events'
  | 'http'
  | 'server'
  | 'location'
  | 'upstream'
  | 'server-if'
  | 'location-if'
  | 'limit-except';

export type Meaning =
  /** As in nginx; `native` names the key of our configuration, where that is one. */
  | { readonly kind: 'exact'; readonly native?: string }
  /** Not quite: `differs` says in what. Warned of where it stands. */
  | { readonly kind: 'approximate'; readonly differs: string }
  /** Taken, and nothing comes of it; `why` nothing has to. */
  | { readonly kind: 'accepted'; readonly why: string }
  /** A file that has it is not served. */
  | { readonly kind: 'refused'; readonly why: string };

export interface DirectiveRow {
  readonly name: string;
  /** Contexts, with blanks between; `any`: all of them. */
  readonly in: string;
  /** How its value is checked; without one only the number of arguments is. */
  readonly value?: ValueKind;
  /** Numbers of arguments: `1`, `1,2`, `1+`, `any`. Absent: as `value` says. */
  readonly args?: string;
  readonly block?: true;
  /** Whether a second one in the same block is a fault, where `value` does not say so. */
  readonly once?: true;
  /** The first minor version of nginx 1.x that has it, if it is newer than 22. */
  readonly since?: number;
  /** The first minor version that does not have it any more. */
  readonly until?: number;
  readonly meaning: Meaning;
}

export const exact: Meaning = { kind: 'exact' };
export const exactAs = (native: string): Meaning => ({ kind: 'exact', native });
export const approximate = (differs: string): Meaning => ({ kind: 'approximate', differs });
export const accepted = (why: string): Meaning => ({ kind: 'accepted', why });
export const refused = (why: string): Meaning => ({ kind: 'refused', why });
