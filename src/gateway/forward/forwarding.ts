// One request on its way through the standard lane: what the gateway has decided and planned, and the client's two
// streams.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { ErrorCode } from '../../errors.ts';
import type { Permit } from '../authorize/decision.ts';
import type { Exchange } from './exchange.ts';
import type { Upstream } from './upstream/upstream.ts';

export interface Forward {
  readonly exchange: Exchange;
  /** Without one nothing is forwarded. */
  readonly permit: Permit;
  /** The header toward the upstream, name and value in turn, framing left out. */
  readonly headers: readonly string[];
  readonly upstream: Upstream;
  readonly request: IncomingMessage | Http2ServerRequest;
  readonly response: ServerResponse | Http2ServerResponse;
  /** 0: no limit. */
  readonly maxBodyBytes: number;
  /** How long the client may send nothing of its body, and take nothing of the response. */
  readonly bodyIdleTimeoutMs: number;
  /** The client's connection is to end after this response. */
  readonly close?: boolean;
}

/** The first failure of an exchange is the one that counts: what follows from it is noise. */
export function noteFailure(exchange: Exchange, code: ErrorCode, reason: string): void {
  exchange.failure ??= { code, reason };
}
