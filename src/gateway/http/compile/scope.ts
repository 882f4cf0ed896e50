// What compiling needs at every place: the compiler of texts, the zones, upstreams and logs by name.

import type { HttpConfig, HttpLogFormatConfig } from '../../../config/http-schema.ts';
import type { ConnectionZone, RequestZone } from '../access/zones.ts';
import type { ErrorLog, LogLevel } from '../log/error-log.ts';
import type { LogFiles } from '../log/log-files.ts';
import type { UpstreamGroup } from '../proxy/upstream-group.ts';
import type { Request } from '../request.ts';
import type { Compiler } from '../script/compiler.ts';

export interface Scope {
  readonly config: HttpConfig;
  readonly compiler: Compiler;
  readonly requestZones: ReadonlyMap<string, RequestZone<Request>>;
  readonly connectionZones: ReadonlyMap<string, ConnectionZone<Request>>;
  readonly logFormats: ReadonlyMap<string, HttpLogFormatConfig>;
  readonly files: LogFiles;
  /** The upstream of a host and port as `proxy_pass` writes them; made where none is defined. */
  readonly upstream: (host: string, secure: boolean) => UpstreamGroup;
  /** The same for a host that comes with a request: where none is known, one that nobody keeps but the caller. */
  readonly passingUpstream: (host: string, secure: boolean) => UpstreamGroup;
  /** Names of upstreams that are defined. */
  readonly defined: ReadonlySet<string>;
  readonly errorLog: (logs: readonly { readonly file: string; readonly level: LogLevel }[]) => ErrorLog;
  readonly since: (minor: number, patch?: number) => boolean;
  /** A name of a file below the prefix. */
  readonly absolute: (file: string) => string;
  /** A name of a file below the folder of the configuration. */
  readonly configured: (file: string) => string;
}
