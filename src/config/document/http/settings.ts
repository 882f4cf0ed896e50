// What can be set for all of `http`, for a server or for a location: each key is inherited by itself, and a list is
// replaced as a whole, as nginx does it.

import { z } from 'zod';
import { size, text } from '../scalars.ts';
import { proxySettings } from './proxy-settings.ts';
import { as, complex, count, flag, span } from './values.ts';

const errorPage = z
  .strictObject({
    codes: z.array(z.int().min(300).max(599)).min(1).describe('The statuses that it is for.'),
    to: complex.describe('A URI, the name of a location (`@name`), or the URL of a redirect.'),
    answer: z
      .union([z.literal('of-target'), z.int().min(0).max(599)])
      .optional()
      .describe("`of-target` is nginx's bare `=`, a number is `=number`. Absent: the status stays."),
  })
  .meta({
    id: 'HttpErrorPage',
    description: 'What is shown for a status.',
    examples: [{ codes: [502, 504], to: '/unavailable.html' }],
  });

const access = z.union([
  z
    .strictObject({ allow: text.describe('An address, a block, `unix:` or `all`.') })
    .meta({ id: 'HttpAllow', description: 'Who may pass.', examples: [{ allow: '10.0.0.0/8' }] }),
  z
    .strictObject({ deny: text.describe('An address, a block, `unix:` or `all`.') })
    .meta({ id: 'HttpDeny', description: 'Who may not pass.', examples: [{ deny: 'all' }] }),
]);

const header = z
  .strictObject({
    name: text.describe('Name of the header.'),
    value: complex.describe('Its value; an empty one is not sent.'),
    always: flag.default(false).describe('Whether it is sent with every status.'),
  })
  .meta({
    id: 'HttpHeader',
    description: 'A header, or trailer, of responses.',
    examples: [{ name: 'X-Frame-Options', value: 'DENY', always: true }],
  });

const limitRequest = z
  .strictObject({
    zone: text.describe('Name of the zone.'),
    burst: count.default(0).describe('How many requests may be ahead of the rate.'),
    delay: z
      .union([count, z.literal('none')])
      .default(0)
      .describe('How many of these are not delayed; `none` delays none (`nodelay`).'),
  })
  .meta({ id: 'HttpLimitRequest', description: 'A limit of requests.', examples: [{ zone: 'one', burst: 5 }] });

const limitConnection = z
  .strictObject({ zone: text.describe('Name of the zone.'), number: count.describe('How many at once.') })
  .meta({ id: 'HttpLimitConnection', description: 'A limit of connections.', examples: [{ zone: 'one', number: 10 }] });

const accessLog = z
  .strictObject({
    file: complex.describe('Name of the file; variables may stand in it.'),
    format: text.default('combined').describe('Name of a format under `logFormats`, or `combined`.'),
    if: complex.optional().describe('A request is logged unless this is empty or `0`.'),
    buffer: size.optional().describe('Bytes that are gathered before they are written.'),
    flush: span.optional().describe('How long they are gathered at most.'),
    gzip: count.optional().describe('Level of compression.'),
  })
  .meta({
    id: 'HttpAccessLog',
    description: 'An access log.',
    examples: [{ file: '/var/log/mutual/access.log', format: 'combined' }],
  });

const errorLog = z
  .strictObject({
    file: text.describe('Name of the file, or `stderr`.'),
    level: z
      .enum(['debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg'])
      .default('error')
      .describe('The least level.'),
  })
  .meta({ id: 'HttpErrorLog', description: 'A log of errors.', examples: [{ file: 'error.log', level: 'warn' }] });

/** Settings of nginx's core and of its modules, but for those that concern a whole server. */
export const settings = {
  root: as(complex.optional(), 'root'),
  index: as(z.array(complex).optional(), 'index'),
  types: as(z.record(text, z.array(text)).optional(), 'types', 'endings of file names by media type'),
  defaultType: as(z.string().optional(), 'default_type'),
  charset: as(complex.optional(), 'charset', '`off` for none'),
  errorPages: as(z.array(errorPage).optional(), 'error_page'),
  recursiveErrorPages: as(flag.optional(), 'recursive_error_pages'),
  absoluteRedirect: as(flag.optional(), 'absolute_redirect'),
  portInRedirect: as(flag.optional(), 'port_in_redirect'),
  serverNameInRedirect: as(flag.optional(), 'server_name_in_redirect'),
  serverTokens: as(z.union([flag, z.literal('build')]).optional(), 'server_tokens'),
  etag: as(flag.optional(), 'etag'),
  ifModifiedSince: as(z.enum(['off', 'exact', 'before']).optional(), 'if_modified_since'),
  maxRanges: as(count.optional(), 'max_ranges'),
  msiePadding: as(flag.optional(), 'msie_padding'),
  logNotFound: as(flag.optional(), 'log_not_found'),
  clientMaxBodySize: as(size.optional(), 'client_max_body_size'),
  clientBodyBufferSize: as(size.optional(), 'client_body_buffer_size'),
  clientBodyInFileOnly: as(z.enum(['off', 'on', 'clean']).optional(), 'client_body_in_file_only'),
  clientBodyInSingleBuffer: as(flag.optional(), 'client_body_in_single_buffer'),
  clientBodyTempPath: as(text.optional(), 'client_body_temp_path'),
  clientBodyTimeout: as(span.optional(), 'client_body_timeout'),
  sendTimeout: as(span.optional(), 'send_timeout'),
  keepaliveTimeout: as(span.optional(), 'keepalive_timeout'),
  keepaliveTimeoutHeader: as(span.optional(), 'keepalive_timeout', 'its second argument'),
  keepaliveRequests: as(count.optional(), 'keepalive_requests'),
  keepaliveTime: as(span.optional(), 'keepalive_time'),
  keepaliveMinTimeout: as(span.optional(), 'keepalive_min_timeout'),
  keepaliveDisable: as(z.array(z.enum(['none', 'msie6', 'safari'])).optional(), 'keepalive_disable'),
  lingeringClose: as(z.enum(['off', 'on', 'always']).optional(), 'lingering_close'),
  lingeringTime: as(span.optional(), 'lingering_time'),
  lingeringTimeout: as(span.optional(), 'lingering_timeout'),
  resetTimedoutConnection: as(flag.optional(), 'reset_timedout_connection'),
  chunkedTransferEncoding: as(flag.optional(), 'chunked_transfer_encoding'),
  limitRate: as(complex.optional(), 'limit_rate', 'bytes a second; 0 for no limit'),
  limitRateAfter: as(complex.optional(), 'limit_rate_after'),
  resolver: as(z.array(text).optional(), 'resolver'),
  resolverTimeout: as(span.optional(), 'resolver_timeout'),
  satisfy: as(z.enum(['all', 'any']).optional(), 'satisfy'),
  access: as(z.array(access).optional(), 'allow` and `deny', 'the first that holds decides'),
  authBasic: as(complex.optional(), 'auth_basic', '`off` for none'),
  authBasicUserFile: as(complex.optional(), 'auth_basic_user_file'),
  addHeaders: as(z.array(header).optional(), 'add_header'),
  addTrailers: as(z.array(header).optional(), 'add_trailer'),
  expires: as(z.string().optional(), 'expires', 'its arguments as one text'),
  limitRequests: as(z.array(limitRequest).optional(), 'limit_req'),
  limitRequestStatus: as(z.int().min(400).max(599).optional(), 'limit_req_status'),
  limitRequestLogLevel: as(z.enum(['info', 'notice', 'warn', 'error']).optional(), 'limit_req_log_level'),
  limitRequestDryRun: as(flag.optional(), 'limit_req_dry_run'),
  limitConnections: as(z.array(limitConnection).optional(), 'limit_conn'),
  limitConnectionStatus: as(z.int().min(400).max(599).optional(), 'limit_conn_status'),
  limitConnectionLogLevel: as(z.enum(['info', 'notice', 'warn', 'error']).optional(), 'limit_conn_log_level'),
  limitConnectionDryRun: as(flag.optional(), 'limit_conn_dry_run'),
  realIpFrom: as(z.array(text).optional(), 'set_real_ip_from'),
  realIpHeader: as(text.optional(), 'real_ip_header'),
  realIpRecursive: as(flag.optional(), 'real_ip_recursive'),
  accessLogs: as(z.array(accessLog).optional(), 'access_log', 'an empty list is `off`'),
  errorLogs: as(z.array(errorLog).optional(), 'error_log'),
  stubStatus: as(flag.optional(), 'stub_status'),
  ...proxySettings,
} as const;
