// What holds at a place, compiled: the settings of one location (or of a server outside of all locations, or of an `if`),
// with everything inherited, defaults filled in and texts with variables ready to be rendered.

import type { AccessRule } from '../access/access-rules.ts';
import type { AddressSet } from '../access/address-set.ts';
import type { ConnectionZone, RequestZone } from '../access/zones.ts';
import type { ErrorLog } from '../log/error-log.ts';
import type { Redirects } from '../response/redirects.ts';
import type { Step } from '../rewrite/step.ts';
import type { Regex } from '../script/regex.ts';
import type { Value } from '../script/value.ts';
import type { Settings } from './inherit.ts';

export interface ErrorPage<R> {
  readonly codes: readonly number[];
  readonly to: Value<R>;
  readonly named: boolean;
  /** The status of the answer; `of-target` takes the one of the page. Absent: the status stays. */
  readonly answer: number | 'of-target' | undefined;
}

export interface HeaderToAdd<R> {
  readonly name: string;
  readonly value: Value<R>;
  readonly always: boolean;
}

export interface LimitRequest<R> {
  readonly zone: RequestZone<R>;
  /** In thousandths of a request. */
  readonly burst: number;
  readonly delay: number;
}

export interface Expires<R> {
  /** Counted from the time of modification. */
  readonly modified: boolean;
  readonly value: Value<R>;
}

export interface AccessLog<R> {
  write(request: R): void;
}

/** What makes the response, in place of a file. */
export type ContentHandler<R> = (request: R, redirects: Redirects<R>) => Promise<number> | number;

export interface LocationConf<R> {
  /** For messages: `/`, `~ regex`, `@name`. */
  readonly name: string;
  /** As nginx writes it, in the texts of the configuration: `/`, `= /x`, `~ regex`, `@name`; empty outside of all. */
  readonly label: string;
  readonly kind: 'server' | 'exact' | 'prefix' | 'regex' | 'named';
  readonly named: boolean;
  readonly settings: Settings;
  readonly internal: boolean;
  readonly steps: readonly Step<R>[];
  readonly tryFiles: readonly Value<R>[] | undefined;
  /** What holds for methods that are not excepted. */
  readonly limitExcept: { readonly methods: ReadonlySet<string>; readonly conf: LocationConf<R> } | undefined;
  /** A prefix that ends in a slash, with a handler: the same URI without it is redirected. */
  readonly autoRedirect: boolean;
  /** Undefined: files. */
  readonly content: ContentHandler<R> | undefined;
  readonly root: Value<R>;
  readonly alias: Value<R> | undefined;
  readonly index: readonly Value<R>[];
  readonly types: ReadonlyMap<string, string>;
  readonly defaultType: string;
  readonly charset: Value<R> | undefined;
  readonly errorPages: readonly ErrorPage<R>[] | undefined;
  readonly recursiveErrorPages: boolean;
  readonly absoluteRedirect: boolean;
  readonly portInRedirect: boolean;
  readonly serverNameInRedirect: boolean;
  readonly serverTokens: boolean | 'build';
  readonly etag: boolean;
  readonly ifModifiedSince: 'off' | 'exact' | 'before';
  readonly maxRanges: number;
  readonly msiePadding: boolean;
  readonly maxBodyBytes: number;
  readonly bodyBufferBytes: number;
  readonly bodyInFileOnly: 'off' | 'on' | 'clean';
  readonly bodyTempPath: string;
  readonly bodyTimeoutMs: number;
  readonly sendTimeoutMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly keepaliveTimeoutHeaderMs: number | undefined;
  readonly keepaliveRequests: number;
  readonly keepaliveTimeMs: number;
  readonly keepaliveDisable: readonly string[];
  readonly lingeringClose: 'off' | 'on' | 'always';
  readonly lingeringTimeMs: number;
  readonly lingeringTimeoutMs: number;
  readonly resetTimedout: boolean;
  readonly chunkedTransferEncoding: boolean;
  readonly limitRate: Value<R> | undefined;
  readonly limitRateAfter: Value<R> | undefined;
  readonly satisfyAny: boolean;
  readonly access: readonly AccessRule[] | undefined;
  readonly authBasic: Value<R> | undefined;
  readonly authBasicUserFile: Value<R> | undefined;
  readonly addHeaders: readonly HeaderToAdd<R>[];
  readonly addTrailers: readonly HeaderToAdd<R>[];
  readonly expires: Expires<R> | undefined;
  readonly limitRequests: readonly LimitRequest<R>[];
  readonly limitRequestStatus: number;
  readonly limitRequestLogLevel: 'info' | 'notice' | 'warn' | 'error';
  readonly limitRequestDryRun: boolean;
  readonly limitConnections: readonly { readonly zone: ConnectionZone<R>; readonly number: number }[];
  readonly limitConnectionStatus: number;
  readonly limitConnectionLogLevel: 'info' | 'notice' | 'warn' | 'error';
  readonly limitConnectionDryRun: boolean;
  readonly realIpFrom: AddressSet | undefined;
  readonly realIpHeader: string;
  readonly realIpRecursive: boolean;
  readonly accessLogs: readonly AccessLog<R>[];
  readonly errorLog: ErrorLog;
  readonly logNotFound: boolean;
  readonly regex: Regex | undefined;
}
