// A refused connection, or a request that was refused or failed, as a plain value that may be kept and shown: no secret,
// no socket, and every text with an end.

import type { ErrorCode } from '../../errors.ts';
import type { Certificate } from '../../x509/certificate.ts';
import type { VerifyError } from '../../x509/verify-error.ts';
import type { ConnectionRefusal } from '../accept/refusal.ts';
import type { Authentication } from '../authenticate/authentication.ts';
import type { Exchange } from '../forward/exchange.ts';
import { variableOf } from '../forward/variables.ts';
import { type CertificateFacts, certificateFacts, clip } from './certificate-facts.ts';
import { shownPath, shownReason } from './shown-path.ts';

export const refusalsKept = 200;

export interface RefusalRecord {
  /** `PID.number`: unique, and greater for later ones of the same process. */
  readonly id: string;
  readonly atMs: number;
  readonly kind: 'connection' | 'request';
  readonly code: ErrorCode;
  readonly reason: string;
  readonly address: string;
  readonly port: number;
  readonly serverName: string | null;
  readonly host: string | null;
  readonly server: string | null;
  readonly route: string | null;
  readonly rule: string | null;
  readonly requestId: string | null;
  readonly method: string | null;
  readonly path: string | null;
  readonly status: number | null;
  readonly upstream: string | null;
  readonly certificate: CertificateFacts | null;
  readonly verifyError: string | null;
  readonly advice: string | null;
  readonly depth: number | null;
}

export type RefusalFacts = Omit<RefusalRecord, 'id'>;

const mostCharacters = 1024;

/** What is told of a certificate. */
type FactsOf = (certificate: Certificate) => CertificateFacts;

export function connectionRefusalRecord(
  refusal: ConnectionRefusal,
  nowMs: number,
  factsOf: FactsOf = certificateFacts,
): RefusalFacts {
  const { certificate, verifyError, client } = refusal;
  return {
    atMs: nowMs,
    kind: 'connection',
    code: refusal.code,
    reason: shownReason(refusal.reason),
    address: client.address,
    port: client.port,
    serverName: optional(refusal.serverName),
    host: null,
    server: optional(refusal.server),
    route: null,
    rule: null,
    requestId: null,
    method: null,
    path: null,
    status: null,
    upstream: null,
    ...certificateFieldsOf(certificate, verifyError, nowMs, factsOf),
  };
}

export function exchangeRefusalRecord(
  exchange: Exchange,
  code: ErrorCode,
  factsOf: FactsOf = certificateFacts,
): RefusalFacts {
  const { connection, decision, head, failure } = exchange;
  const atMs = Math.round(exchange.startedAtMs + (exchange.durationMs ?? 0));
  const { certificate, verifyError } = presented(decision?.authentication);
  const reason = failure?.reason ?? (decision?.kind === 'denial' ? decision.reason : '');
  return {
    atMs,
    kind: 'request',
    code,
    reason: shownReason(reason),
    address: connection.client.address,
    port: connection.client.port,
    serverName: optional(connection.tls?.serverName),
    host: optional(variableOf(exchange, 'host')),
    server: optional(decision?.server?.name ?? connection.tls?.server),
    route: optional(decision?.route?.name),
    rule: optional(decision?.rule),
    requestId: exchange.id,
    method: clip(head.method, 32),
    path: shownPath(head.target),
    status: exchange.status === 0 ? null : exchange.status,
    upstream: optional(exchange.attempts.at(-1)?.address),
    ...certificateFieldsOf(certificate, verifyError, atMs, factsOf),
  };
}

interface Presented {
  readonly certificate: Certificate | undefined;
  readonly verifyError: VerifyError | undefined;
}

/** The certificate that a client showed, whether or not it counts. */
export function presented(authentication: Authentication | undefined): Presented {
  switch (authentication?.kind) {
    case 'verified':
      return { certificate: authentication.identity.certificate, verifyError: undefined };
    case 'rejected':
      return { certificate: authentication.certificate, verifyError: authentication.reason };
    default:
      return { certificate: undefined, verifyError: undefined };
  }
}

function certificateFieldsOf(
  certificate: Certificate | undefined,
  verifyError: VerifyError | undefined,
  nowMs: number,
  factsOf: FactsOf,
): Pick<RefusalRecord, 'certificate' | 'verifyError' | 'advice' | 'depth'> {
  return {
    certificate: certificate === undefined ? null : factsOf(certificate),
    verifyError: verifyError?.text ?? null,
    advice: verifyError?.advice ?? null,
    depth: depthOf(certificate, verifyError, nowMs),
  };
}

/**
 * Which certificate of the chain is at fault. OpenSSL knows and Node does not tell: where it follows from the error or
 * from the client's own certificate it is told, else it is null.
 */
function depthOf(
  certificate: Certificate | undefined,
  verifyError: VerifyError | undefined,
  nowMs: number,
): number | null {
  if (certificate === undefined || verifyError === undefined) return null;
  switch (verifyError.code) {
    case 9: // not yet valid
      return nowMs < certificate.notBefore.getTime() ? 0 : null;
    case 10: // expired
      return nowMs >= certificate.notAfter.getTime() + 1000 ? 0 : null;
    case 18: // a self-signed certificate at depth zero
    case 20: // no issuer of it is known here
    case 21: // nobody could be asked about it
      return 0;
    default:
      return null;
  }
}

function optional(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : clip(text, mostCharacters);
}

export interface RefusalsSeen {
  add(facts: RefusalFacts): RefusalRecord;
  /** The last one is first. */
  snapshot(): readonly RefusalRecord[];
}

export function createRefusalsSeen(pid: number): RefusalsSeen {
  const ring: RefusalRecord[] = [];
  let count = 0;
  return {
    add(facts) {
      const record = { id: `${pid}.${count + 1}`, ...facts };
      ring[count % refusalsKept] = record;
      count += 1;
      return record;
    },
    snapshot() {
      const at = count % refusalsKept;
      return ring.length < refusalsKept ? ring.toReversed() : [...ring.slice(at), ...ring.slice(0, at)].reverse();
    },
  };
}

/** The last ones of several processes. Pure. */
export function mergeRefusals(all: readonly (readonly RefusalRecord[])[]): readonly RefusalRecord[] {
  return all
    .flat()
    .sort((a, b) => b.atMs - a.atMs)
    .slice(0, refusalsKept);
}
