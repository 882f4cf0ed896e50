// What a route demands of a client, in a form in which two routes can be compared.

import type { RouteConfig, VerifyMode } from '../../config/schema.ts';

export interface Guard {
  readonly mode: VerifyMode;
  /** The `allow` rules as text; undefined where there are none. */
  readonly rules: string | undefined;
  /** The `deny` rules as text; undefined where they refuse nobody. */
  readonly denials: string | undefined;
}

const strictness: Readonly<Record<VerifyMode, number>> = { none: 0, optional: 1, required: 2 };

/** @param serverMode what the server demands where the route says nothing */
export function guardOf(route: Pick<RouteConfig, 'allow' | 'deny' | 'clients'>, serverMode: VerifyMode): Guard {
  return {
    mode: route.clients ?? serverMode,
    rules: route.allow === undefined ? undefined : JSON.stringify(route.allow),
    denials: route.deny === undefined || route.deny.length === 0 ? undefined : JSON.stringify(route.deny),
  };
}

/** Whether `other` refuses nobody who passes `guard`. Rules are not weighed: either the same, or none. */
export function guardCovers(guard: Guard, other: Guard): boolean {
  return (
    strictness[other.mode] <= strictness[guard.mode] &&
    (other.rules === undefined || other.rules === guard.rules) &&
    (other.denials === undefined || other.denials === guard.denials)
  );
}
