// A finished exchange as those who watch live are told of it.

import type { ErrorCode } from '../../errors.ts';
import type { Exchange, Lane } from '../forward/exchange.ts';
import { clip } from './certificate-facts.ts';
import { shownPath } from './shown-path.ts';

export interface RequestEvent {
  readonly requestId: string;
  /** Unix milliseconds of its beginning. */
  readonly atMs: number;
  readonly durationMs: number;
  readonly address: string;
  /** Subject (RFC 4514) of the client's verified certificate; null without one. */
  readonly subject: string | null;
  /** Lower-case hex; null without a verified certificate. Finds the client in the snapshot. */
  readonly sha256: string | null;
  readonly server: string | null;
  readonly route: string | null;
  readonly method: string;
  /** Path; the values of the query are hidden. At most 512 characters. */
  readonly path: string;
  /** 0: the client went away before it had one. */
  readonly status: number;
  readonly lane: Lane;
  readonly upstream: string | null;
  /** Bytes of the bodies. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** The code of the refusal or failure; the `refusal` event of the same `requestId` says more. */
  readonly refused: ErrorCode | null;
}

export function requestEventOf(exchange: Exchange, refused: ErrorCode | undefined): RequestEvent {
  const { connection, decision, head } = exchange;
  const authentication = decision?.authentication;
  const certificate = authentication?.kind === 'verified' ? authentication.identity.certificate : undefined;
  return {
    requestId: exchange.id,
    atMs: exchange.startedAtMs,
    durationMs: Math.round((exchange.durationMs ?? 0) * 1000) / 1000,
    address: connection.client.address,
    subject: certificate === undefined ? null : clip(certificate.subjectDn, 512),
    sha256: certificate?.sha256 ?? null,
    server: decision?.server?.name ?? connection.tls?.server ?? null,
    route: decision?.route?.name ?? null,
    method: clip(head.method, 32),
    path: shownPath(head.target),
    status: exchange.status,
    lane: exchange.lane,
    upstream: exchange.attempts.at(-1)?.address ?? null,
    bytesReceived: exchange.requestBodyBytes,
    bytesSent: exchange.responseBodyBytes,
    refused: refused ?? null,
  };
}
