// The answer to "may this identity do this?": a permit for one route, or a denial that says why.

import type { RouteConfig, ServerConfig } from '../../config/schema.ts';
import type { ErrorCode } from '../../errors.ts';
import type { Authentication } from '../authenticate/authentication.ts';

const made: unique symbol = Symbol('permit');

/** Leave to forward one request on one route. `forward` demands it, and only `authorize` can make one. */
export interface Permit {
  readonly kind: 'permit';
  readonly server: ServerConfig;
  readonly route: RouteConfig;
  /** The verified identity, or why there is none on a route that does not ask for one. */
  readonly authentication: Authentication;
  /** Host as the client named it: lower case, without port and trailing dot; empty for HTTP/1.0 without Host. */
  readonly host: string;
  /** Host and port as the client wrote them; what the upstream gets as `Host` by default. */
  readonly authority: string;
  /** Origin-form target (RFC 9112 §3.2.1) byte for byte as the client wrote it: what goes upstream. */
  readonly target: string;
  /** The path that was matched: `target` without query. */
  readonly path: string;
  /** Which `allow` rule admitted the client, in words; undefined where the route has no rules. */
  readonly rule: string | undefined;
  readonly [made]: true;
}

/** A refusal of one request. */
export interface Denial {
  readonly kind: 'denial';
  readonly code: ErrorCode;
  /** For the log: everything that is known. Never sent to the client. */
  readonly reason: string;
  readonly authentication: Authentication;
  /** Which `deny` rule refused the client, in words; undefined where something else did. */
  readonly rule: string | undefined;
  /** As far as the decision got. */
  readonly server: ServerConfig | undefined;
  readonly route: RouteConfig | undefined;
  readonly host: string;
}

export type Decision = Permit | Denial;

/** Called by `authorize.ts` of this folder alone, after every question has been answered with yes. */
export function permitOf(facts: Omit<Permit, 'kind' | typeof made>): Permit {
  // Field by field: there is one for every request, and to copy an object costs several times as much.
  const { server, route, authentication, host, authority, target, path, rule } = facts;
  return { kind: 'permit', server, route, authentication, host, authority, target, path, rule, [made]: true };
}
