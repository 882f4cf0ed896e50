// A refused connection or a failed exchange in, one line of the program's log out that says everything: who, with
// which certificate, asked for what, why it was refused and what to do about it. For the operator alone.

import type { Level, Logger } from 'pino';
import { type ErrorCode, type ErrorKind, errorKinds } from '../../errors.ts';
import type { Certificate } from '../../x509/certificate.ts';
import type { VerifyError } from '../../x509/verify-error.ts';
import type { ConnectionRefusal } from '../accept/refusal.ts';
import type { Exchange } from '../forward/exchange.ts';
import { traceOf } from '../forward/trace-context.ts';
import { variableOf } from '../forward/variables.ts';
import type { Redaction } from './redact.ts';

export interface RefusalFacts {
  readonly code: ErrorCode;
  readonly reason: string;
  /** Of the client. */
  readonly address: string;
  readonly port: number;
  readonly listener: string;
  /** SNI. */
  readonly serverName?: string | undefined;
  readonly host?: string | undefined;
  readonly server?: string | undefined;
  readonly route?: string | undefined;
  /** The `deny` rule that refused the client, or the one that had admitted it where the failure came later. */
  readonly rule?: string | undefined;
  readonly requestId?: string | undefined;
  readonly traceId?: string | undefined;
  readonly method?: string | undefined;
  readonly target?: string | undefined;
  readonly upstream?: string | undefined;
  readonly certificate?: Certificate | undefined;
  readonly verifyError?: VerifyError | undefined;
}

export function connectionRefusalFacts(refusal: ConnectionRefusal): RefusalFacts {
  const { client, ...rest } = refusal;
  return { ...rest, address: client.address, port: client.port };
}

/** Undefined for an exchange in which nothing went wrong. */
export function exchangeRefusalFacts(exchange: Exchange): RefusalFacts | undefined {
  const { connection, decision, head } = exchange;
  const what = exchange.failure ?? (decision?.kind === 'denial' ? decision : undefined);
  if (what === undefined) return undefined;
  const authentication = decision?.authentication;
  return {
    code: what.code,
    reason: what.reason,
    address: connection.client.address,
    port: connection.client.port,
    listener: connection.listener,
    serverName: connection.tls?.serverName,
    host: variableOf(exchange, 'host'),
    server: decision?.server?.name ?? connection.tls?.server,
    route: decision?.route?.name,
    rule: decision?.rule,
    requestId: exchange.id,
    traceId: traceOf(exchange)?.traceId,
    method: head.method,
    target: head.target,
    upstream: exchange.attempts.at(-1)?.address,
    certificate:
      authentication?.kind === 'verified'
        ? authentication.identity.certificate
        : authentication?.kind === 'rejected'
          ? authentication.certificate
          : undefined,
    verifyError: authentication?.kind === 'rejected' ? authentication.reason : undefined,
  };
}

/** Writes the line. A field that is not known is left out. */
export function logRefusal(log: Logger, facts: RefusalFacts, { clean }: Redaction): void {
  const level = refusalLevel(facts.code);
  if (!log.isLevelEnabled(level)) return;
  const { code, address, port, certificate, verifyError } = facts;
  const reason = clean(facts.reason);
  log[level](
    {
      code,
      reason,
      address,
      port,
      listener: facts.listener,
      sni: facts.serverName,
      host: facts.host,
      server: facts.server,
      route: facts.route,
      rule: facts.rule,
      request_id: facts.requestId,
      trace_id: facts.traceId,
      method: facts.method === '' ? undefined : facts.method,
      target: facts.target === undefined || facts.target === '' ? undefined : clean(facts.target),
      upstream: facts.upstream,
      certificate: certificate === undefined ? undefined : certificateFields(certificate),
      verify_error: verifyError?.text,
      advice: verifyError?.advice,
    },
    `${outcomeOf(code)}: ${reason}`,
  );
}

/** Stands for so many refusals of the last second that had no line of their own. */
export function logMoreRefusals(log: Logger, code: ErrorCode, count: number): void {
  log[refusalLevel(code)]({ code, count }, `${outcomeOf(code)}: ${count} more in this second with the code ${code}`);
}

const suspicious: ReadonlySet<ErrorCode> = new Set([
  'client-certificate-missing',
  'client-certificate-invalid',
  'not-allowed',
  'misdirected-request',
  'proxy-header-invalid',
  'too-many-connections',
]);

/** What somebody has to look at is a warning or an error; what clients do wrong every day is information. */
export function refusalLevel(code: ErrorCode): Level {
  const { fault }: ErrorKind = errorKinds[code];
  if (suspicious.has(code)) return 'warn';
  if (fault !== 'client') return 'error';
  return code === 'client-closed' ? 'debug' : 'info';
}

function outcomeOf(code: ErrorCode): string {
  const { fault }: ErrorKind = errorKinds[code];
  if (code === 'client-closed') return 'client gone';
  if (fault === 'client' || code === 'too-many-connections') return 'client refused';
  return fault === 'upstream' ? 'upstream failed' : 'request failed';
}

function certificateFields(certificate: Certificate): Record<string, string> {
  return {
    subject: certificate.subjectDn,
    issuer: certificate.issuerDn,
    serial: certificate.serialNumber,
    sha256: certificate.sha256,
    not_after: certificate.notAfter.toISOString(),
  };
}
