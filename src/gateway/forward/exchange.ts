// One request and its response, from the head that came in to the last byte that went out. The stages fill
// it in as they go; `observe` reads it once, when it is finished. It holds values only, no sockets.

import type { ErrorCode } from '../../errors.ts';
import type { Connection } from '../accept/connection.ts';
import type { RequestHead } from '../accept/request-head.ts';
import type { Decision } from '../authorize/decision.ts';

/** Which executor served the request. `none`: it was answered by the gateway itself. */
export type Lane = 'standard' | 'express' | 'none';

/** One attempt at one upstream server. Durations in milliseconds, as far as the attempt got. */
export interface UpstreamAttempt {
  /** Name of the upstream in the configuration. */
  readonly upstream: string;
  /** `host:port`, or `unix:` and a path. */
  readonly address: string;
  readonly startedAtMs: number;
  status?: number;
  connectMs?: number;
  headerMs?: number;
  responseMs?: number;
  responseBytes: number;
  error?: string;
  errorCode?: ErrorCode;
}

export interface Exchange {
  /** 32 lower-case hexadecimal digits; `$request_id` and `X-Request-Id`. */
  readonly id: string;
  readonly connection: Connection;
  readonly head: RequestHead;
  /** Place of this request on its connection, from 1. */
  readonly ordinal: number;
  /** Unix time in milliseconds, and a monotonic clock for durations. */
  readonly startedAtMs: number;
  readonly startedAtMonotonicMs: number;
  decision: Decision | undefined;
  lane: Lane;
  attempts: UpstreamAttempt[];
  /** Status sent to the client; 0 when no response was begun. */
  status: number;
  /** Header fields sent to the client, name (lower case) to value. */
  responseHeaders: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  requestBodyBytes: number;
  responseBodyBytes: number;
  /** Why the gateway refused or failed, if it did. */
  failure: { readonly code: ErrorCode; readonly reason: string } | undefined;
  /** Set when the exchange is over. */
  durationMs: number | undefined;
}
