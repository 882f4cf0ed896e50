// What holds at a place, compiled: the settings of one location (or of a server outside of all locations, or of an `if`),
// with everything inherited, defaults filled in and texts with variables ready to be rendered.

import type { AccessRule } from '../access/access-rules.ts';
import type { AddressSet } from '../access/address-set.ts';
import type { ConnectionZone } from '../access/limit-connections.ts';
import type { RequestZone } from '../access/limit-requests.ts';
import type { AccessLog } from '../log/access-log.ts';
import type { ErrorLog } from '../log/error-log.ts';
import type { ProxyConf } from '../proxy/proxy-conf.ts';
import type { Expires } from '../response/expires.ts';
import type { Step } from '../rewrite/steps.ts';
import type { Regex } from '../script/regex.ts';
import type { Value } from '../script/value.ts';
import type { Settings } from './inherit.ts';

export interface ErrorPage {
  readonly codes: readonly number[];
  readonly to: Value;
  readonly named: boolean;
  /** The status of the answer; `of-target` takes the one of the page. Absent: the status stays. */
  readonly answer: number | 'of-target' | undefined;
}

export interface HeaderToAdd {
  readonly name: string;
  readonly value: Value;
  readonly always: boolean;
}

export interface LimitRequest {
  readonly zone: RequestZone;
  /** In thousandths of a request. */
  readonly burst: number;
  readonly delay: number;
}

export interface LocationConf {
  /** For messages: `/`, `~ regex`, `@name`. */
  readonly name: string;
  readonly kind: 'server' | 'exact' | 'prefix' | 'regex' | 'named';
  readonly named: boolean;
  readonly settings: Settings;
  readonly internal: boolean;
  readonly steps: readonly Step[];
  readonly tryFiles: readonly Value[] | undefined;
  /** What holds for methods that are not excepted. */
  readonly limitExcept: { readonly methods: ReadonlySet<string>; readonly conf: LocationConf } | undefined;
  /** A prefix that ends in a slash, with a handler: the same URI without it is redirected. */
  readonly autoRedirect: boolean;
  readonly proxy: ProxyConf | undefined;
  readonly stubStatus: boolean;
  readonly root: Value;
  readonly alias: Value | undefined;
  readonly index: readonly Value[];
  readonly types: ReadonlyMap<string, string>;
  readonly defaultType: string;
  readonly charset: Value | undefined;
  readonly errorPages: readonly ErrorPage[] | undefined;
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
  readonly limitRate: Value | undefined;
  readonly limitRateAfter: Value | undefined;
  readonly satisfyAny: boolean;
  readonly access: readonly AccessRule[] | undefined;
  readonly authBasic: Value | undefined;
  readonly authBasicUserFile: Value | undefined;
  readonly addHeaders: readonly HeaderToAdd[];
  readonly addTrailers: readonly HeaderToAdd[];
  readonly expires: Expires | undefined;
  readonly limitRequests: readonly LimitRequest[];
  readonly limitRequestStatus: number;
  readonly limitRequestLogLevel: 'info' | 'notice' | 'warn' | 'error';
  readonly limitRequestDryRun: boolean;
  readonly limitConnections: readonly { readonly zone: ConnectionZone; readonly number: number }[];
  readonly limitConnectionStatus: number;
  readonly limitConnectionLogLevel: 'info' | 'notice' | 'warn' | 'error';
  readonly limitConnectionDryRun: boolean;
  readonly realIpFrom: AddressSet | undefined;
  readonly realIpHeader: string;
  readonly realIpRecursive: boolean;
  readonly accessLogs: readonly AccessLog[];
  readonly errorLog: ErrorLog;
  readonly logNotFound: boolean;
  readonly regex: Regex | undefined;
}
