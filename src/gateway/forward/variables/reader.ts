// What a variable is made of: an exchange and what surrounds it in, a byte string out; the empty string where
// there is nothing.

import type { UpstreamConfig } from '../../../config/schema.ts';
import type { Exchange } from '../exchange.ts';

/** What variables need beside the exchange. */
export interface VariableContext {
  /** Unix time in milliseconds; absent: when the exchange ended, or else began. */
  readonly nowMs?: number | undefined;
  /** For `$proxy_host`. */
  readonly upstreams?: Readonly<Record<string, UpstreamConfig>> | undefined;
  /**
   * Whether `$ssl_client_*` may also tell of a certificate that was presented and rejected, as in nginx. For logs
   * alone: an upstream would take it for an identity.
   */
  readonly unverified?: boolean | undefined;
}

export type Reader = (exchange: Exchange, context: VariableContext) => string;

/** Makes the reader of one member of a family (`http_*`) from the rest of its name. */
export type FamilyReader = (rest: string) => Reader;

/** nginx's `%T.%03M`: whole seconds, a point, three digits; cut, not rounded. */
export function seconds(durationMs: number): string {
  const ms = Math.max(0, Math.floor(durationMs));
  return `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}`;
}
