// `proxy_*` of one location, compiled.

import type { Request } from '../request.ts';
import type { Regex } from '../script/regex.ts';
import type { Value } from '../script/value.ts';
import type { ProxyTls } from './proxy-tls.ts';
import type { UpstreamGroup } from './upstream-group.ts';

/** Where a request goes. */
export interface ProxyTarget {
  readonly secure: boolean;
  readonly group: UpstreamGroup;
  /** Host and port as they are written: nginx's `$proxy_host`. */
  readonly host: string;
  readonly port: string;
  /** What takes the place of the location's prefix; empty for the client's own target. */
  readonly uri: string;
}

export interface ProxyConf {
  /** Fixed, or found for each request where variables stand in it. */
  readonly target: ProxyTarget | Value<Request>;
  /** For a target with variables. */
  readonly findGroup: FindGroup;
  /** As written, for `proxy_redirect default` and the log. */
  readonly url: string;
  /** The prefix of the location. */
  readonly locationName: string;
  readonly setHeaders: readonly { readonly name: string; readonly value: Value<Request> }[];
  /** Names in lower case that are not passed on from the client. */
  readonly replaced: ReadonlySet<string>;
  readonly body: Value<Request> | undefined;
  readonly method: Value<Request> | undefined;
  readonly http11: boolean;
  readonly buffering: boolean;
  readonly requestBuffering: boolean;
  readonly bufferBytes: number;
  readonly connectTimeoutMs: number;
  readonly sendTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly redirects: readonly Rewriting[];
  readonly cookieDomains: readonly Rewriting[];
  readonly cookiePaths: readonly Rewriting[];
  readonly cookieFlags: readonly CookieFlags[];
  /** In lower case. */
  readonly hidden: ReadonlySet<string>;
  readonly ignored: ReadonlySet<string>;
  readonly passServer: boolean;
  readonly passDate: boolean;
  readonly interceptErrors: boolean;
  readonly ignoreClientAbort: boolean;
  readonly passHeaders: boolean;
  readonly passBody: boolean;
  readonly nextOn: ReadonlySet<string>;
  readonly nextTimeoutMs: number;
  readonly nextTries: number;
  readonly forceRanges: boolean;
  readonly limitRate: Value<Request> | undefined;
  readonly bind: Value<Request> | undefined;
  readonly socketKeepalive: boolean;
  readonly tls: ProxyTls;
}

export interface CookieFlags {
  readonly matches: (cookie: string) => boolean;
  readonly flags: readonly Value<Request>[];
}

/** Finds the upstream of a host and port, or makes one; undefined where the name cannot be had. */
export type FindGroup = (host: string, secure: boolean) => Promise<UpstreamGroup | string>;

/** A beginning, or what an expression matches, and what takes its place. */
export interface Rewriting {
  readonly from: Value<Request> | Regex;
  readonly to: Value<Request>;
}
