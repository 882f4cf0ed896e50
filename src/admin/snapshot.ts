// What `GET /api/snapshot` answers: everything the page and `mutual top` show, as one JSON value. Types only. Times are
// Unix milliseconds (`…Ms` with `at`, `not`, `seen`, `started` in the name), durations are milliseconds (`…Ms`) or
// seconds (`…Seconds`), sizes are bytes. What is not known is null, never absent. No secret ever stands in it.

import type { ErrorCode, Fault } from '../errors.ts';
import type { CertificateFacts } from '../gateway/observe/certificate-facts.ts';
import type { ReloadFacts } from '../gateway/observe/reload-facts.ts';
import type { CredentialState } from '../gateway/status/credential-items.ts';
import type { ReadinessReason } from '../gateway/status/readiness.ts';

export type { AltNameFacts, CertificateFacts } from '../gateway/observe/certificate-facts.ts';
export type { ReloadFacts } from '../gateway/observe/reload-facts.ts';
export type { ReadinessReason } from '../gateway/status/readiness.ts';

/** With `?since=SECOND` the history begins behind that second; everything else is the same. */
export interface Snapshot {
  /** Changes when a field changes its meaning or goes; new fields may come without. */
  readonly format: 1;
  /** When this was taken: compare with this and not with the clock of the browser. */
  readonly takenAtMs: number;
  readonly program: ProgramFacts;
  readonly readiness: Readiness;
  /** The last ten seconds, as numbers to be shown large. */
  readonly now: CurrentRates;
  /** Since the start of the process (of all workers together). */
  readonly totals: Totals;
  readonly history: History;
  readonly connections: readonly ServerConnections[];
  /** By reason, the most frequent first; only reasons that have occurred. */
  readonly refusalsByReason: readonly ReasonCount[];
  readonly clients: ClientsSeen;
  readonly refusals: RefusalsSeen;
  /** The one that runs out first is first; those without an end are last. */
  readonly certificates: readonly CertificateEntry[];
  /** In the order of the configuration. */
  readonly upstreams: readonly UpstreamEntry[];
  readonly configuration: ConfigurationFacts;
  /** One for each process that serves; a single one without workers. */
  readonly processes: readonly ProcessFacts[];
}

export interface ProgramFacts {
  /** Version of mutual, as in package.json. */
  readonly version: string;
  /** Version of Node.js, without a `v`. */
  readonly nodeVersion: string;
  /** Version of the TLS library, as Node tells it. */
  readonly opensslVersion: string;
  readonly startedAtMs: number;
  readonly uptimeSeconds: number;
  /** Where it listens for clients, not for administrators. */
  readonly addresses: readonly { readonly url: string; readonly servers: readonly string[] }[];
}

export interface Readiness {
  readonly ready: boolean;
  /** Empty exactly where `ready`. */
  readonly reasons: readonly ReadinessReason[];
}

export interface CurrentRates {
  /** Over how many seconds the rates were taken; less than ten right after the start. */
  readonly windowSeconds: number;
  readonly requestsPerSecond: number;
  /** Refused requests and connections. */
  readonly refusalsPerSecond: number;
  /** Of the whole exchange, from the head of the request to the last byte; null without a request in the window. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Bodies of requests and responses. */
  readonly bytesReceivedPerSecond: number;
  readonly bytesSentPerSecond: number;
  readonly openConnections: number;
  readonly requestsInFlight: number;
}

export interface Totals {
  readonly requests: number;
  /** By the class of the status; `none`: the client went away before it had one. */
  readonly requestsByStatus: Readonly<Record<'1xx' | '2xx' | '3xx' | '4xx' | '5xx' | 'none', number>>;
  /** Refused or failed requests, and refused connections. */
  readonly refusals: number;
  readonly connectionsOpened: number;
  readonly handshakes: { readonly full: number; readonly resumed: number; readonly failed: number };
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

/**
 * One value a second, all arrays of the same length, the oldest first; the seconds follow one another without a gap, and
 * one without traffic is 0 (its p50 and p99 null). At most 600. The second that is not over yet is not in it.
 */
export interface History {
  /** Unix time, in seconds, of the first value. */
  readonly firstSecond: number;
  readonly requests: readonly number[];
  readonly refusals: readonly number[];
  /** Milliseconds. */
  readonly p50Ms: readonly (number | null)[];
  readonly p99Ms: readonly (number | null)[];
  /** Open at the end of the second. */
  readonly connections: readonly number[];
  readonly bytesReceived: readonly number[];
  readonly bytesSent: readonly number[];
}

export interface ServerConnections {
  /** Name of the server block; for one without TLS its listening address. */
  readonly server: string;
  readonly open: number;
  /** Since the start. */
  readonly opened: number;
  readonly refused: number;
  readonly isTls: boolean;
}

export interface ReasonCount {
  readonly code: ErrorCode;
  /** A few words, fit for a heading: `Not allowed by a rule`. */
  readonly title: string;
  /** Who has to act. */
  readonly fault: Fault;
  readonly count: number;
  readonly lastAtMs: number;
}

export interface ClientsSeen {
  /** The last one seen is first. At most `capacity`: beyond that, the one not seen for longest is forgotten. */
  readonly entries: readonly ClientSeen[];
  readonly capacity: number;
  /** How many were forgotten since the start. */
  readonly forgotten: number;
}

export interface ClientSeen {
  readonly certificate: CertificateFacts;
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
  /** Address it was last seen from. */
  readonly lastAddress: string;
  /** Name of the server block that it last spoke to. */
  readonly lastServer: string | null;
  /** Finished exchanges, denied ones included. */
  readonly requests: number;
  /** Connections and requests that were refused. */
  readonly denials: number;
  /** Why it was last refused. */
  readonly lastDenial: { readonly atMs: number; readonly code: ErrorCode; readonly reason: string } | null;
}

export interface RefusalsSeen {
  /** The last one is first. At most `capacity`. */
  readonly entries: readonly RefusalEntry[];
  readonly capacity: number;
}

/** A refused connection, or a request that was refused or failed. */
export interface RefusalEntry {
  /** Unique, and greater for later ones of the same process: `worker.number`. */
  readonly id: string;
  readonly atMs: number;
  /** Whether there was a request, or the connection was refused before. */
  readonly kind: 'connection' | 'request';
  readonly code: ErrorCode;
  /** A few words, as in `ReasonCount`. */
  readonly title: string;
  readonly fault: Fault;
  /** What happened, in the words of the log: `no allow rule holds for CN=x`. */
  readonly reason: string;
  /** Why, in plain words for somebody who does not know certificates. One or two sentences. */
  readonly explanation: string;
  /** What to do, and who. One or two sentences. */
  readonly whatToDo: string;
  /** The client's. */
  readonly address: string;
  readonly port: number;
  /** The server name of the TLS handshake (SNI). */
  readonly serverName: string | null;
  readonly host: string | null;
  /** Name of the server block. */
  readonly server: string | null;
  readonly route: string | null;
  /** The rule that refused, or had admitted, the client. */
  readonly rule: string | null;
  readonly requestId: string | null;
  readonly method: string | null;
  /** Path; the values of the query are hidden. At most 512 characters. */
  readonly path: string | null;
  /** HTTP status sent; null where there was none. */
  readonly status: number | null;
  /** Address of the upstream server that was asked last. */
  readonly upstream: string | null;
  /** The client's, as far as one was shown and could be read. */
  readonly certificate: CertificateFacts | null;
  /** What the verification of the certificate said, in OpenSSL's words. */
  readonly verifyError: string | null;
  /** At which certificate of the chain: 0 is the client's own, 1 its issuer. Null where that is not known. */
  readonly depth: number | null;
}

/** `ends-soon`: from the moment on from which the log warns. */
export type CertificateState = CredentialState;

export interface CertificateEntry {
  readonly kind: 'server' | 'client-ca' | 'crl' | 'upstream-client' | 'upstream-ca';
  /** Subject; for a revocation list its issuer. */
  readonly name: string;
  /** Absolute name of the file. */
  readonly file: string;
  /** The servers (`server NAME`) and upstreams (`upstream NAME`) that use it. */
  readonly usedBy: readonly string[];
  /** notBefore; for a revocation list thisUpdate. */
  readonly notBeforeMs: number;
  /** notAfter; for a revocation list nextUpdate. Null: without an end. */
  readonly notAfterMs: number | null;
  /** Rounded down, negative when it has ended; null: without an end. */
  readonly daysLeft: number | null;
  /** `ends-soon`: from the moment on from which the log warns. */
  readonly state: CertificateState;
  /** Of a certificate; null for a revocation list. */
  readonly certificate: CertificateFacts | null;
  /** How many certificates a revocation list revokes; null for a certificate. */
  readonly revoked: number | null;
}

export interface UpstreamEntry {
  readonly name: string;
  readonly balance: 'round-robin' | 'least-connections' | 'hash';
  /** Routes that lead there: `SERVER ROUTE`. */
  readonly usedBy: readonly string[];
  readonly servers: readonly UpstreamServerEntry[];
}

export interface UpstreamServerEntry {
  /** Canonical URL. */
  readonly url: string;
  /** Whether it takes part: not out after failures. */
  readonly up: boolean;
  /** A sentence, where it is down or the last request to it failed; null: all is well. */
  readonly why: string | null;
  readonly backup: boolean;
  readonly weight: number;
  readonly inFlight: number;
  readonly idleConnections: number;
  /** Attempts since the start, or since the reload that brought it. */
  readonly requests: number;
  /** Attempts that failed. */
  readonly errors: number;
  readonly lastError: { readonly atMs: number; readonly code: ErrorCode; readonly text: string } | null;
  readonly lastAnswerAtMs: number | null;
}

export interface ConfigurationFacts {
  /** Absolute name of the file. */
  readonly file: string;
  /** The configuration in force with every default, as YAML; secrets are hidden. */
  readonly text: string;
  /** When what is in force was read. */
  readonly loadedAtMs: number;
  readonly reloads: { readonly succeeded: number; readonly failed: number };
  readonly lastReload: ReloadFacts | null;
}

export interface ProcessFacts {
  readonly pid: number;
  /** 0 without workers, else from 1. */
  readonly worker: number;
  readonly startedAtMs: number;
  /** Lateness of timers over the last ten seconds or so. */
  readonly eventLoopLagMs: { readonly mean: number; readonly p99: number; readonly max: number };
  /** Share of the time that the event loop was busy, 0 to 1. */
  readonly eventLoopUtilization: number;
  /** Bytes. */
  readonly memory: {
    readonly rss: number;
    readonly heapUsed: number;
    readonly heapTotal: number;
    readonly external: number;
  };
  readonly openConnections: number;
  readonly requests: number;
}

/** What `POST /api/reload` answers: 200 where it took effect, 422 where it did not and the old one stays. */
export interface ReloadAnswer extends ReloadFacts {
  readonly format: 1;
}

/** What `/readyz` answers with `Accept: application/json`: 200 or 503. `/healthz` always answers 200 and `ok`. */
export type ReadinessAnswer = Readiness;

/** Any refusal of the admin listener itself. */
export interface AdminError {
  readonly error: { readonly status: number; readonly message: string };
}
