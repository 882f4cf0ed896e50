// The effective configuration: what the rest of the program reads. Every default is filled in, durations are
// milliseconds, sizes are bytes, a scalar or a list is a list, and file names are absolute. Values of these
// types are made by parseConfig alone and are never changed afterwards.

import type { HttpConfig } from './http-schema.ts';
import type { StatusRange } from './status-range.ts';
import type { Template } from './template.ts';

export interface Config {
  /** At least one, unless there is `http`. */
  readonly servers: readonly ServerConfig[];
  /** Servers with nginx's model of processing. */
  readonly http?: HttpConfig;
  /** By name; an upstream that a route gives as a URL is here under the text of that URL. */
  readonly upstreams: Readonly<Record<string, UpstreamConfig>>;
  /** CIDR blocks (`10.0.0.0/8`, `::1/128`) whose X-Forwarded-* and PROXY headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly limits: LimitsConfig;
  readonly log: LogConfig;
  /** Absent: no admin listener. */
  readonly admin?: AdminConfig;
  /** Processes that serve; `auto`: one for each core. */
  readonly workers: number | 'auto';
  /** Absent: identities are not signed. */
  readonly signedIdentity?: SignedIdentityConfig;
  /** Directory of the copies of downloaded revocation lists. Present where one has to be downloaded, or if it is named. */
  readonly crlCache?: string;
  /** The absolute name of the file this was read from. */
  readonly source: { readonly file: string };
}

export interface ServerConfig {
  /** For logs and metrics; unique: the first of `names`, else the first listen address. */
  readonly name: string;
  /** At least one. Servers that share an address share one listener: compare `key`. */
  readonly listen: readonly ListenConfig[];
  /** Lower case; `host.example` or `*.example`. Empty: takes what no other server on the listener takes. */
  readonly names: readonly string[];
  /** Absent: plain HTTP. */
  readonly tls?: TlsConfig;
  readonly identityHeaders: IdentityHeadersConfig;
  /** Clients for whom any of these rules holds are refused on every route. Absent: nobody. */
  readonly deny?: readonly RuleConfig[];
  /** In the order of the file. */
  readonly routes: readonly RouteConfig[];
  /** 0: no limit. Absent: `limits.maxBodyBytes`. */
  readonly maxBodyBytes?: number;
  /** Absent: `auto`. */
  readonly lane?: LaneChoice;
  /** Absent: `continue`. */
  readonly traceparent?: TracingMode;
}

/**
 * What becomes of `traceparent` and `tracestate` (W3C Trace Context). `continue`: a trace that the client is in goes on.
 * `start`: the same, and one is begun for every other request. `restart`: one is begun for each, whatever the client sends.
 * `ignore`: they travel as any header.
 */
export type TracingMode = 'continue' | 'start' | 'restart' | 'ignore';

/**
 * Which executor forwards requests. `auto`: plain ones the express lane, the others the standard lane. `express`: the same,
 * and the log says why a connection had to be handed over. `standard`: that one alone.
 */
export type LaneChoice = 'auto' | 'express' | 'standard';

export type ListenConfig = (
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string /** File mode, as 0o660. */; readonly mode?: number }
) & {
  /** Whether every connection begins with a PROXY protocol header. */
  readonly proxyProtocol: boolean;
  readonly http2: boolean;
  /** Canonical text of the address (`0.0.0.0:8443`, `[::]:80`, `unix:/run/mutual.sock`): equal keys, one listener. */
  readonly key: string;
};

export interface TlsConfig {
  /** File of the certificate and its chain. */
  readonly certificate: string;
  /** File of the private key; the same file as `certificate` when that holds both. */
  readonly key: string;
  readonly keyPasswordFile?: string;
  readonly minVersion: TlsVersion;
  /** Whether sessions may be resumed. */
  readonly resumption: boolean;
  /** File that keys of session tickets are made of. Absent: random ones. */
  readonly ticketKeys?: string;
  readonly clients: ClientsConfig;
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';
export type VerifyMode = 'required' | 'optional' | 'none';

export interface ClientsConfig {
  readonly verify: VerifyMode;
  /** Files of the anchors that admit a client; empty only with `verify: none`. */
  readonly ca: readonly string[];
  /** Files of revocation lists. */
  readonly crl: readonly string[];
  /** Revocation lists that are downloaded. Absent: none. */
  readonly crlUrls?: readonly CrlUrlConfig[];
  /** Whether the lists that certificates name are downloaded, too. */
  readonly crlDistributionPoints?: boolean;
  /** What a list past its nextUpdate is worth: nothing, and every client of its CA is refused; or still what it says. */
  readonly onCrlExpired: 'refuse' | 'keep';
  /** How responders are asked about clients. Absent: they are not. */
  readonly ocsp?: OcspConfig;
  /** The most CAs that may stand between a client's certificate and the anchor. Absent: no limit. */
  readonly depth?: number;
  /** Whether a certificate must name clientAuth among its purposes; without it, one that names none will do. */
  readonly requireClientAuthEku: boolean;
  /** How a client is refused: by the end of the handshake, or by an HTTP answer after it. */
  readonly refuse: 'handshake' | 'http';
}

export interface OcspConfig {
  /** About whom: the client's own certificate. */
  readonly check: 'leaf';
  /** What happens to clients while nobody answers: they are admitted, or refused. */
  readonly fail: 'soft' | 'hard';
  /** Asked in place of those that certificates name. */
  readonly responder?: string;
  /** For one certificate, all its responders together. */
  readonly timeoutMs: number;
}

export interface SignedIdentityConfig {
  /** Files of private keys, at least one; the first signs, and all are published. */
  readonly keys: readonly string[];
  readonly issuer: string;
  /** Absent: no claim about it. */
  readonly audience?: readonly string[];
  readonly lifetimeMs: number;
}

export interface CrlUrlConfig {
  /** http or https, in canonical form, without a password. */
  readonly url: string;
  readonly refreshMs: number;
}

export const identityConventions = ['nginx', 'envoy', 'rfc9440', 'aws-alb', 'traefik'] as const;
export type IdentityConvention = (typeof identityConventions)[number];

export interface IdentityHeadersConfig {
  /** Each once. Empty: no identity headers are sent (those of clients are removed all the same). */
  readonly conventions: readonly IdentityConvention[];
  /** Whether the nginx convention includes X-SSL-Client-Cert. */
  readonly nginxCertificate: boolean;
  /** Present when `envoy` is among the conventions, and only then. The others likewise. */
  readonly envoy?: EnvoyHeadersConfig;
  readonly rfc9440?: Rfc9440HeadersConfig;
  readonly awsAlb?: AwsAlbHeadersConfig;
  readonly traefik?: TraefikHeadersConfig;
}

/** Envoy's forward_client_cert_details. */
export type EnvoyMode = 'SANITIZE' | 'FORWARD_ONLY' | 'APPEND_FORWARD' | 'SANITIZE_SET' | 'ALWAYS_FORWARD_ONLY';
/** Envoy's set_current_client_cert_details. */
export type EnvoyDetail = 'subject' | 'uri' | 'dns' | 'issuer' | 'cert' | 'chain';

export interface EnvoyHeadersConfig {
  readonly mode: EnvoyMode;
  /** What is told beside By and Hash. */
  readonly details: readonly EnvoyDetail[];
}

export interface Rfc9440HeadersConfig {
  /** Whether Client-Cert-Chain is sent. */
  readonly chain: boolean;
}

export interface AwsAlbHeadersConfig {
  readonly mode: 'verify' | 'passthrough';
}

export interface TraefikHeadersConfig {
  /** Whether X-Forwarded-Tls-Client-Cert is sent. */
  readonly certificate: boolean;
  /** Whether it holds, after the client's certificate, those that came with it. */
  readonly chain: boolean;
  /** Whether X-Forwarded-Tls-Client-Cert-Info is sent. */
  readonly info: boolean;
}

export interface RouteConfig {
  /** For logs; unique in its server: `name`, else the text of the path. */
  readonly name: string;
  readonly match: MatchConfig;
  /** A client passes if any rule holds. Absent: every client that the server admits. Empty: nobody. */
  readonly allow?: readonly RuleConfig[];
  /** A client for whom any of these rules holds is refused, whatever `allow` says. Absent: nobody. */
  readonly deny?: readonly RuleConfig[];
  /** Absent: what the server's `tls.clients.verify` says. */
  readonly clients?: VerifyMode;
  readonly action: UpstreamAction | RespondAction;
  /** Absent: the server's. */
  readonly lane?: LaneChoice;
  /** Set toward the upstream in this order; an empty template removes the header. */
  readonly headers: readonly HeaderConfig[];
  /** Absent: the server's. */
  readonly identityHeaders?: IdentityHeadersConfig;
  /** 0: no limit. Absent: the server's, else `limits.maxBodyBytes`. */
  readonly maxBodyBytes?: number;
  /** Absent: the upstream's. */
  readonly connectTimeoutMs?: number;
  /** Absent: the upstream's. */
  readonly responseTimeoutMs?: number;
}

export type MatchConfig =
  | { readonly kind: 'prefix'; readonly path: string }
  | { readonly kind: 'exact'; readonly path: string }
  | { readonly kind: 'regex'; readonly source: string };

export interface UpstreamAction {
  readonly kind: 'upstream';
  /** A key of `Config.upstreams`. */
  readonly upstream: string;
  /** Replaces the matched prefix of the path. Never set yet: the file may not ask for it. */
  readonly uri?: string;
}

export interface RespondAction {
  readonly kind: 'respond';
  readonly status: number;
  /** Empty: no body. */
  readonly body: Template;
  /** Headers of the response, a redirect's Location among them. */
  readonly headers: readonly HeaderConfig[];
}

/** A header's name as written, and its value. */
export type HeaderConfig = readonly [name: string, value: Template];

export type RuleKey =
  | 'organization'
  | 'organizationalUnit'
  | 'commonName'
  | 'dn'
  | 'issuerDn'
  | 'dns'
  | 'email'
  | 'uri'
  | 'serial'
  | 'sha256'
  | 'spki';

/**
 * All keys present must hold; of the values of one key any may. At least one key is present and no list is empty.
 * `*` matches within a segment and `**` the rest, except in `serial` (upper-case hex as nginx prints it), `sha256`
 * and `spki` (lower-case hex of SHA-256), which are compared as they are.
 */
export type RuleConfig = Readonly<Partial<Record<RuleKey, readonly string[]>>>;

export interface UpstreamConfig {
  /** Its key in `Config.upstreams`. */
  readonly name: string;
  /** At least one. */
  readonly servers: readonly UpstreamServerConfig[];
  readonly balance: 'round-robin' | 'least-connections' | 'hash';
  /** Present when `balance` is `hash`, and only then. */
  readonly hashKey?: Template;
  /** Present when a server is `https`. */
  readonly tls?: UpstreamTlsConfig;
  readonly connectTimeoutMs: number;
  /** From the request sent to the head of the response. */
  readonly responseTimeoutMs: number;
  /** Between two pieces of a body, either way. */
  readonly bodyIdleTimeoutMs: number;
  /** How long an unused connection is kept. */
  readonly idleTimeoutMs: number;
  /** How long a resolved name is believed. */
  readonly resolveMs: number;
}

export type UpstreamServerConfig = (
  | { readonly kind: 'tcp'; readonly protocol: 'http' | 'https'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly protocol: 'http'; readonly socketPath: string }
) & {
  /** Canonical URL (`https://b.example:8443`, `unix:/run/app.sock`), for logs. */
  readonly url: string;
  /** `host[:port]` as written in the URL, nginx's `$proxy_host`; `localhost` for a socket. */
  readonly hostHeader: string;
  readonly weight: number;
  readonly backup: boolean;
  /** Failures within `failTimeoutMs` that take the server out for as long; 0: never. */
  readonly maxFails: number;
  readonly failTimeoutMs: number;
  /** Connections at once to this server, from one process. Absent: no limit. */
  readonly maxConnections?: number;
};

export interface UpstreamTlsConfig {
  /** Files of what is shown to the upstream; a certificate and its key, or a PKCS#12 file, or neither. */
  readonly certificate?: string;
  readonly key?: string;
  readonly keyPasswordFile?: string;
  readonly pkcs12?: string;
  readonly pkcs12PasswordFile?: string;
  /** Files of the anchors, or the anchors that come with Node; empty only with `unsafeSkipVerify`. */
  readonly ca: readonly string[] | 'system';
  /** For SNI and for the check of the name. Absent: the host of the URL. */
  readonly serverName?: string;
  readonly crl: readonly string[];
  /** Revocation lists that are downloaded. Absent: none. */
  readonly crlUrls?: readonly CrlUrlConfig[];
  /** True: the upstream's certificate is not checked at all. */
  readonly unsafeSkipVerify: boolean;
  readonly minVersion: TlsVersion;
}

/** Where 0 is allowed it means: no limit. */
export interface LimitsConfig {
  readonly handshakeTimeoutMs: number;
  readonly headTimeoutMs: number;
  /** Between two requests of one connection. */
  readonly idleTimeoutMs: number;
  /** The whole request, body included; 0 allowed. */
  readonly requestTimeoutMs: number;
  /** Between two pieces of a request body. */
  readonly bodyIdleTimeoutMs: number;
  readonly maxHeadBytes: number;
  readonly maxHeaders: number;
  readonly maxConnections: number;
  /** 0 allowed. */
  readonly maxConnectionsPerAddress: number;
  /** 0 allowed. */
  readonly maxRequestsPerConnection: number;
  /** 0 allowed. */
  readonly maxBodyBytes: number;
  /** From the handshake on; 0 allowed. */
  readonly maxConnectionAgeMs: number;
  readonly drainTimeoutMs: number;
  readonly http2MaxConcurrentStreams: number;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** `auto`: `pretty` on a terminal, else `json`. */
export type LogFormat = 'auto' | 'json' | 'pretty';

export interface LogConfig {
  readonly level: LogLevel;
  /** Of the program's own log. */
  readonly format: LogFormat;
  /** The program's own log. Absent: standard error. */
  readonly file?: string;
  /** Empty: no access log. */
  readonly access: readonly AccessLogConfig[];
  /** Lines of the program's log about refusals of one code; 0: no limit. */
  readonly refusalsPerSecond: number;
  readonly redact: RedactConfig;
}

export interface AccessLogConfig {
  readonly format:
    | { readonly kind: 'combined' }
    | { readonly kind: 'json' }
    | { readonly kind: 'template'; readonly template: Template };
  /** Absent: standard output. */
  readonly file?: string;
  /** Absent: every exchange has a line. */
  readonly when?: LogConditionConfig;
  /** As soon as this much waits it is written. */
  readonly bufferBytes: number;
  /** After this time it is written anyway. */
  readonly flushMs: number;
}

/** Every condition given has to hold. */
export interface LogConditionConfig {
  /** Neither empty nor `0`. */
  readonly value?: Template;
  /** In one of these ranges. */
  readonly status?: readonly StatusRange[];
  readonly slowerThanMs?: number;
  /** Names of routes. */
  readonly exceptRoutes?: readonly string[];
}

/** Beside what is known to be secret. */
export interface RedactConfig {
  readonly headers: readonly string[];
  /** Names of arguments of URLs. */
  readonly query: readonly string[];
  readonly unsafeShowCredentials: boolean;
}

/** The listener for administrators. */
export interface AdminConfig {
  /** Neither PROXY protocol nor HTTP/2. */
  readonly listen: ListenConfig;
  /** Absent: plain HTTP. */
  readonly tls?: TlsConfig;
  /** Who may pass: whom any of these rules holds for. Absent: every client that `tls` admits. */
  readonly allow?: readonly RuleConfig[];
  readonly deny?: readonly RuleConfig[];
  /** Names, beside those of this machine, that it may be asked for by. */
  readonly allowedHosts: readonly string[];
  /** Whether `/metrics` names each client certificate seen. */
  readonly clientMetrics: boolean;
}
