// The settings of a place in, what holds there out, with nginx's defaults (ngx_http_core_merge_loc_conf and its like).

import { MutualError } from '../../../errors.ts';
import { compileAccessRules } from '../access/access-rules.ts';
import { addressSet } from '../access/address-set.ts';
import { defaultTypes, typesByEnding } from '../content/content-type.ts';
import { sendStubStatus } from '../content/stub-status.ts';
import type { Settings } from '../locations/inherit.ts';
import type { ContentHandler, ErrorPage, HeaderToAdd, LimitRequest, LocationConf } from '../locations/location-conf.ts';
import { combined, compileLogFormat, createAccessLog } from '../log/access-log.ts';
import { proxyRequest } from '../proxy/proxy-request.ts';
import type { Request } from '../request.ts';
import { compileExpires } from '../response/expires.ts';
import { compileProxy } from './compile-proxy.ts';
import type { Scope } from './scope.ts';

/** What a place is, beside its settings. */
export type Place = Pick<
  LocationConf<Request>,
  'name' | 'label' | 'kind' | 'named' | 'steps' | 'tryFiles' | 'limitExcept' | 'regex'
>;

export function compileLocation(settings: Settings, place: Place, scope: Scope): LocationConf<Request> {
  const { compiler } = scope;
  const proxy = compileProxy(settings, place.name, scope);
  const content: ContentHandler<Request> | undefined =
    proxy !== undefined
      ? (request, redirects) => proxyRequest(request, proxy, redirects)
      : settings.stubStatus === true
        ? sendStubStatus
        : undefined;
  const slashed = place.name.endsWith('/') && (place.kind === 'prefix' || place.kind === 'exact');
  const basicFile = settings.authBasicUserFile;
  return {
    ...place,
    settings,
    internal: settings.internal ?? false,
    autoRedirect: slashed && proxy !== undefined,
    content,
    root: compiler.value(settings.root ?? 'html'),
    alias: compiler.optional(settings.alias),
    index: (settings.index ?? ['index.html']).map((name) => compiler.value(name)),
    types: settings.types === undefined ? defaultTypes : typesByEnding(settings.types),
    defaultType: settings.defaultType ?? 'text/plain',
    charset:
      settings.charset === undefined || settings.charset === 'off' ? undefined : compiler.value(settings.charset),
    errorPages: settings.errorPages?.map((page): ErrorPage<Request> => {
      const to = compiler.value(page.to);
      return { codes: page.codes, to, named: page.to.startsWith('@'), answer: page.answer };
    }),
    recursiveErrorPages: settings.recursiveErrorPages ?? false,
    absoluteRedirect: settings.absoluteRedirect ?? true,
    portInRedirect: settings.portInRedirect ?? true,
    serverNameInRedirect: settings.serverNameInRedirect ?? false,
    serverTokens: settings.serverTokens ?? true,
    etag: settings.etag ?? true,
    ifModifiedSince: settings.ifModifiedSince ?? 'exact',
    maxRanges: settings.maxRanges ?? Number.POSITIVE_INFINITY,
    msiePadding: settings.msiePadding ?? true,
    maxBodyBytes: settings.clientMaxBodySize ?? 1024 * 1024,
    bodyBufferBytes: settings.clientBodyBufferSize ?? 8 * 1024,
    bodyInFileOnly: settings.clientBodyInFileOnly ?? 'off',
    bodyTempPath: scope.absolute(settings.clientBodyTempPath ?? 'client_body_temp'),
    bodyTimeoutMs: settings.clientBodyTimeout ?? 60_000,
    sendTimeoutMs: settings.sendTimeout ?? 60_000,
    keepaliveTimeoutMs: settings.keepaliveTimeout ?? 75_000,
    keepaliveTimeoutHeaderMs: settings.keepaliveTimeoutHeader,
    keepaliveRequests: settings.keepaliveRequests ?? 1000,
    keepaliveTimeMs: settings.keepaliveTime ?? 3_600_000,
    keepaliveDisable: settings.keepaliveDisable ?? ['msie6'],
    lingeringClose: settings.lingeringClose ?? 'on',
    lingeringTimeMs: settings.lingeringTime ?? 30_000,
    lingeringTimeoutMs: settings.lingeringTimeout ?? 5000,
    resetTimedout: settings.resetTimedoutConnection ?? false,
    chunkedTransferEncoding: settings.chunkedTransferEncoding ?? true,
    limitRate: compiler.optional(settings.limitRate),
    limitRateAfter: compiler.optional(settings.limitRateAfter),
    satisfyAny: settings.satisfy === 'any',
    access: settings.access === undefined ? undefined : compileAccessRules(settings.access),
    authBasic: compiler.optional(settings.authBasic),
    authBasicUserFile: basicFile === undefined ? undefined : compiler.value(scope.configured(basicFile)),
    addHeaders: headers(settings.addHeaders, scope),
    addTrailers: headers(settings.addTrailers, scope),
    expires: settings.expires === undefined ? undefined : compileExpires(settings.expires, compiler),
    limitRequests: (settings.limitRequests ?? []).map((limit) => limitRequest(limit, scope)),
    limitRequestStatus: settings.limitRequestStatus ?? 503,
    limitRequestLogLevel: settings.limitRequestLogLevel ?? 'error',
    limitRequestDryRun: settings.limitRequestDryRun ?? false,
    limitConnections: (settings.limitConnections ?? []).map(({ zone, number }) => {
      return { zone: byName(scope.connectionZones, zone, 'limit_conn_zone'), number };
    }),
    limitConnectionStatus: settings.limitConnectionStatus ?? 503,
    limitConnectionLogLevel: settings.limitConnectionLogLevel ?? 'error',
    limitConnectionDryRun: settings.limitConnectionDryRun ?? false,
    realIpFrom: settings.realIpFrom === undefined ? undefined : addressSet(settings.realIpFrom),
    realIpHeader: settings.realIpHeader ?? 'X-Real-IP',
    realIpRecursive: settings.realIpRecursive ?? false,
    accessLogs: (settings.accessLogs ?? [{ file: 'logs/access.log', format: 'combined' }]).map((log) => {
      const format = scope.logFormats.get(log.format) ?? (log.format === 'combined' ? combined : undefined);
      if (format === undefined) throw new MutualError('config-invalid', `unknown log format "${log.format}"`);
      const buffer = log.buffer === undefined && log.flush === undefined ? undefined : bufferOf(log);
      const condition = compiler.optional(log.if);
      const file = compiler.value(log.file);
      return createAccessLog(compileLogFormat(format, compiler), file, condition, buffer, scope.files, scope.absolute);
    }),
    errorLog: scope.errorLog(settings.errorLogs ?? [{ file: 'logs/error.log', level: 'error' }]),
    logNotFound: settings.logNotFound ?? true,
  };
}

function bufferOf({ buffer, flush }: { readonly buffer?: number | undefined; readonly flush?: number | undefined }): {
  readonly bytes: number;
  readonly flushMs: number | undefined;
} {
  return { bytes: buffer ?? 65_536, flushMs: flush };
}

function headers(list: Settings['addHeaders'], { compiler }: Scope): HeaderToAdd<Request>[] {
  return (list ?? []).map(({ name, value, always }) => ({ name, value: compiler.value(value), always }));
}

function limitRequest(
  { zone, burst, delay }: NonNullable<Settings['limitRequests']>[number],
  scope: Scope,
): LimitRequest<Request> {
  return {
    zone: byName(scope.requestZones, zone, 'limit_req_zone'),
    burst: burst * 1000,
    delay: delay === 'none' ? Number.POSITIVE_INFINITY : delay * 1000,
  };
}

function byName<T>(map: ReadonlyMap<string, T>, name: string, kind: string): T {
  const found = map.get(name);
  if (found === undefined) throw new MutualError('config-invalid', `zero size shared memory zone "${name}" (${kind})`);
  return found;
}
