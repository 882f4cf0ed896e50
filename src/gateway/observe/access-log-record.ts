// A finished exchange in, the record of the `json` access log out. The keys are stable: programs read them. A key is
// never left out; what does not apply is null.

import { headerValues } from '../accept/request-head.ts';
import { verifyText } from '../authenticate/authentication.ts';
import type { Exchange } from '../forward/exchange.ts';
import { traceOf } from '../forward/trace-context.ts';
import { clientCertificate } from '../forward/variables/certificate.ts';
import { loggedStatus } from '../forward/variables/response.ts';
import { variableOf } from '../forward/variables.ts';
import type { Redaction } from './redact.ts';

export interface AccessLogRecord {
  /** When the exchange ended: RFC 3339, UTC, milliseconds. */
  readonly time: string;
  readonly request_id: string;
  /** The trace that the request is part of (W3C Trace Context), and the span of the gateway in it. */
  readonly trace: { readonly id: string; readonly span: string } | null;
  readonly remote_addr: string;
  /** Null where what came was no request; then `target` and `protocol` are, too. */
  readonly method: string | null;
  /** As the client wrote it, but for credentials. */
  readonly target: string | null;
  readonly host: string;
  /** `HTTP/1.1`. */
  readonly protocol: string | null;
  /** 499: the client went away before there was a response. */
  readonly status: number;
  /** Of the response's body. */
  readonly bytes: number;
  readonly duration_ms: number;
  readonly server: string | null;
  readonly route: string | null;
  readonly lane: string;
  /** `SUCCESS`, `NONE` or `FAILED:reason`; null without TLS. */
  readonly verify: string | null;
  /** The certificate that was presented; believe it only where `verify` is `SUCCESS`. */
  readonly client: {
    readonly dn: string;
    readonly issuer: string;
    readonly serial: string;
    readonly sha256: string;
  } | null;
  /** The last attempt. */
  readonly upstream: {
    readonly name: string;
    readonly address: string;
    readonly status: number | null;
    readonly connect_ms: number | null;
    readonly header_ms: number | null;
    readonly response_ms: number | null;
    readonly bytes: number;
    readonly error: string | null;
    readonly attempts: number;
  } | null;
  /** Why the request was refused or failed. */
  readonly failure: { readonly code: string; readonly reason: string } | null;
  readonly user_agent: string | null;
  readonly referer: string | null;
}

export function accessLogRecord(exchange: Exchange, { clean }: Redaction): AccessLogRecord {
  const { connection, decision, head } = exchange;
  const durationMs = exchange.durationMs ?? 0;
  const trace = traceOf(exchange);
  const userAgent = headerValues(head, 'user-agent')[0];
  const referer = headerValues(head, 'referer')[0];
  return {
    time: new Date(exchange.startedAtMs + durationMs).toISOString(),
    request_id: exchange.id,
    trace: trace === undefined ? null : { id: trace.traceId, span: trace.spanId },
    remote_addr: connection.client.address,
    method: known(head.method),
    target: known(clean(head.target)),
    host: variableOf(exchange, 'host'),
    protocol: known(variableOf(exchange, 'server_protocol')),
    status: loggedStatus(exchange),
    bytes: exchange.responseBodyBytes,
    duration_ms: milliseconds(durationMs),
    server: decision?.server?.name ?? connection.tls?.server ?? null,
    route: decision?.route?.name ?? null,
    lane: exchange.lane,
    verify: connection.tls === undefined || decision === undefined ? null : verifyText(decision.authentication),
    client: clientOf(exchange),
    upstream: upstreamOf(exchange),
    failure: failureOf(exchange, clean),
    user_agent: userAgent === undefined ? null : clean(userAgent),
    referer: referer === undefined ? null : clean(referer),
  };
}

function known(text: string): string | null {
  return text === '' ? null : text;
}

/** Clocks tell microseconds; three digits are enough for a log. */
function milliseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function clientOf(exchange: Exchange): AccessLogRecord['client'] {
  const certificate = clientCertificate(exchange, true);
  if (certificate === undefined) return null;
  const { subjectDn, issuerDn, serialNumber, sha256 } = certificate;
  return { dn: subjectDn, issuer: issuerDn, serial: serialNumber, sha256 };
}

function upstreamOf({ attempts }: Exchange): AccessLogRecord['upstream'] {
  const attempt = attempts.at(-1);
  if (attempt === undefined) return null;
  const optional = (ms: number | undefined): number | null => (ms === undefined ? null : milliseconds(ms));
  return {
    name: attempt.upstream,
    address: attempt.address,
    status: attempt.status ?? null,
    connect_ms: optional(attempt.connectMs),
    header_ms: optional(attempt.headerMs),
    response_ms: optional(attempt.responseMs),
    bytes: attempt.responseBytes,
    error: attempt.error ?? null,
    attempts: attempts.length,
  };
}

function failureOf({ decision, failure }: Exchange, clean: Redaction['clean']): AccessLogRecord['failure'] {
  const why = failure ?? (decision?.kind === 'denial' ? decision : undefined);
  return why === undefined ? null : { code: why.code, reason: clean(why.reason) };
}
