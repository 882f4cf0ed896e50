// What servers that keep logs of their own tell of their traffic: plain values, for counters and for those who watch. It
// writes nothing.

import type { ErrorCode } from '../../errors.ts';
import type { Certificate } from '../../x509/certificate.ts';
import type { Connection, Endpoint, TlsFacts } from '../accept/connection.ts';
import type { ConnectionRefusal } from '../accept/refusal.ts';
import type { Lane } from '../forward/exchange.ts';
import { certificateFacts, clip } from './certificate-facts.ts';
import type { RefusalFacts } from './refusal-record.ts';
import type { RequestEvent } from './request-event.ts';
import { shownPath, shownReason } from './shown-path.ts';

/** Of a connection as much as is counted. */
export interface SeenConnection extends Pick<Connection, 'listener'> {
  readonly tls: Pick<TlsFacts, 'server' | 'protocol' | 'resumed'> | undefined;
}

/** Why a request was refused. */
export interface SeenRefusal {
  readonly code: ErrorCode;
  readonly reason: string;
}

/** A request that is over. */
export interface SeenRequest {
  /** Of server and route, while a configuration lives: finds what is counted for them. */
  readonly place: object;
  /** Both are texts of the configuration, never the client's. */
  readonly server: string;
  readonly route: string;
  readonly isTls: boolean;
  readonly lane: Lane;
  /** Sent to the client; 0 where none was. */
  readonly status: number;
  /** Unix time in milliseconds. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly requestBodyBytes: number;
  readonly responseBodyBytes: number;
  readonly refusal: SeenRefusal | undefined;
  readonly client: Endpoint;
  readonly serverName: string | undefined;
  /** Of the client, verified or not. */
  readonly certificate: Certificate | undefined;
  readonly verifyError: { readonly text: string } | undefined;
  readonly host: string;
  readonly method: string;
  /** As it came. */
  readonly target: string;
  readonly upstream: string | undefined;
  readonly id: () => string;
}

export interface Traffic {
  /** @param certificate the client's, where it is verified */
  opened(connection: SeenConnection, client: Endpoint, certificate: Certificate | undefined): void;
  closed(connection: SeenConnection): void;
  /** Before there was a request. */
  refused(refusal: ConnectionRefusal): void;
  begun(): void;
  finished(request: SeenRequest): void;
}

/** For those who watch live. */
export function seenRequestEvent(request: SeenRequest): RequestEvent {
  const { certificate, verifyError, durationMs } = request;
  const verified = verifyError === undefined ? certificate : undefined;
  return {
    requestId: request.id(),
    atMs: request.startedAtMs,
    durationMs: Math.round(durationMs * 1000) / 1000,
    address: request.client.address,
    subject: verified === undefined ? null : clip(verified.subjectDn, 512),
    sha256: verified?.sha256 ?? null,
    server: request.server,
    route: optional(request.route),
    method: clip(request.method, 32),
    path: shownPath(request.target),
    status: request.status,
    lane: request.lane,
    upstream: optional(request.upstream),
    bytesReceived: request.requestBodyBytes,
    bytesSent: request.responseBodyBytes,
    refused: request.refusal?.code ?? null,
  };
}

export function seenRefusalRecord(
  request: SeenRequest,
  { code, reason }: SeenRefusal,
  factsOf: typeof certificateFacts = certificateFacts,
): RefusalFacts {
  const { client, certificate, verifyError, status } = request;
  return {
    atMs: Math.round(request.startedAtMs + request.durationMs),
    kind: 'request',
    code,
    reason: shownReason(reason),
    address: client.address,
    port: client.port,
    serverName: optional(request.serverName),
    host: optional(request.host),
    server: request.server,
    route: optional(request.route),
    rule: null,
    requestId: request.id(),
    method: clip(request.method, 32),
    path: shownPath(request.target),
    status: status === 0 ? null : status,
    upstream: optional(request.upstream),
    certificate: certificate === undefined ? null : factsOf(certificate),
    verifyError: verifyError?.text ?? null,
    advice: null,
    depth: null,
  };
}

function optional(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : clip(text, 1024);
}
