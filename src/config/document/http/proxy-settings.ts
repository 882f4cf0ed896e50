// Settings of nginx's proxy module, inherited like the others.

import { z } from 'zod';
import { size, text } from '../scalars.ts';
import { as, buffers, complex, count, flag, pair, span } from './values.ts';

const redirect = z
  .strictObject({
    from: z.string().describe('What the header begins with; a text with variables, or with `regex` an expression.'),
    to: complex.describe('What takes its place.'),
    regex: z
      .enum(['~', '~*'])
      .optional()
      .describe('Whether `from` is a regular expression; `~*` without regard to case.'),
  })
  .meta({
    id: 'HttpReplacement',
    description: 'A replacement in a header of a response.',
    examples: [{ from: 'http://127.0.0.1:8080/', to: '/' }],
  });

const cookieFlags = z
  .strictObject({
    cookie: z.string().describe('Name of the cookie, or with `regex` an expression.'),
    regex: z.enum(['~', '~*']).optional().describe('Whether `cookie` is a regular expression.'),
    flags: z.array(complex).describe('`secure`, `httponly`, `samesite=strict`, `nosecure`, and so on.'),
  })
  .meta({ id: 'HttpCookieFlags', description: 'Flags of a cookie.', examples: [{ cookie: 'sid', flags: ['secure'] }] });

const replacements = z.union([z.literal('off'), z.array(redirect)]);

export const proxySettings = {
  proxyPass: as(complex.optional(), 'proxy_pass'),
  proxySetHeaders: as(z.array(pair).optional(), 'proxy_set_header'),
  proxySetBody: as(complex.optional(), 'proxy_set_body'),
  proxyMethod: as(complex.optional(), 'proxy_method'),
  proxyHttpVersion: as(z.enum(['1.0', '1.1']).optional(), 'proxy_http_version'),
  proxyBuffering: as(flag.optional(), 'proxy_buffering'),
  proxyRequestBuffering: as(flag.optional(), 'proxy_request_buffering'),
  proxyBufferSize: as(size.optional(), 'proxy_buffer_size'),
  proxyBuffers: as(buffers.optional(), 'proxy_buffers'),
  proxyBusyBuffersSize: as(size.optional(), 'proxy_busy_buffers_size'),
  proxyMaxTempFileSize: as(size.optional(), 'proxy_max_temp_file_size'),
  proxyTempPath: as(text.optional(), 'proxy_temp_path'),
  proxyConnectTimeout: as(span.optional(), 'proxy_connect_timeout'),
  proxySendTimeout: as(span.optional(), 'proxy_send_timeout'),
  proxyReadTimeout: as(span.optional(), 'proxy_read_timeout'),
  proxyRedirect: as(
    z.union([z.literal('off'), z.array(z.union([z.literal('default'), redirect]))]).optional(),
    'proxy_redirect',
  ),
  proxyCookieDomain: as(replacements.optional(), 'proxy_cookie_domain'),
  proxyCookiePath: as(replacements.optional(), 'proxy_cookie_path'),
  proxyCookieFlags: as(z.union([z.literal('off'), z.array(cookieFlags)]).optional(), 'proxy_cookie_flags'),
  proxyHideHeaders: as(z.array(text).optional(), 'proxy_hide_header'),
  proxyPassHeaders: as(z.array(text).optional(), 'proxy_pass_header'),
  proxyIgnoreHeaders: as(z.array(text).optional(), 'proxy_ignore_headers'),
  proxyInterceptErrors: as(flag.optional(), 'proxy_intercept_errors'),
  proxyIgnoreClientAbort: as(flag.optional(), 'proxy_ignore_client_abort'),
  proxyPassRequestHeaders: as(flag.optional(), 'proxy_pass_request_headers'),
  proxyPassRequestBody: as(flag.optional(), 'proxy_pass_request_body'),
  proxyPassTrailers: as(flag.optional(), 'proxy_pass_trailers'),
  proxyNextUpstream: as(
    z
      .array(
        z.enum([
          'error',
          'timeout',
          'invalid_header',
          'http_500',
          'http_502',
          'http_503',
          'http_504',
          'http_403',
          'http_404',
          'http_429',
          'non_idempotent',
          'off',
          'updating',
        ]),
      )
      .optional(),
    'proxy_next_upstream',
  ),
  proxyNextUpstreamTimeout: as(span.optional(), 'proxy_next_upstream_timeout'),
  proxyNextUpstreamTries: as(count.optional(), 'proxy_next_upstream_tries'),
  proxyForceRanges: as(flag.optional(), 'proxy_force_ranges'),
  proxyLimitRate: as(complex.optional(), 'proxy_limit_rate'),
  proxyBind: as(complex.optional(), 'proxy_bind', '`off` for none'),
  proxySocketKeepalive: as(flag.optional(), 'proxy_socket_keepalive'),
  proxySslCertificate: as(complex.optional(), 'proxy_ssl_certificate'),
  proxySslCertificateKey: as(complex.optional(), 'proxy_ssl_certificate_key'),
  proxySslPasswordFile: as(text.optional(), 'proxy_ssl_password_file'),
  proxySslTrustedCertificate: as(text.optional(), 'proxy_ssl_trusted_certificate'),
  proxySslCrl: as(text.optional(), 'proxy_ssl_crl'),
  proxySslVerify: as(flag.optional(), 'proxy_ssl_verify'),
  proxySslVerifyDepth: as(count.optional(), 'proxy_ssl_verify_depth'),
  proxySslServerName: as(flag.optional(), 'proxy_ssl_server_name'),
  proxySslName: as(complex.optional(), 'proxy_ssl_name'),
  proxySslProtocols: as(z.array(text).optional(), 'proxy_ssl_protocols'),
  proxySslCiphers: as(text.optional(), 'proxy_ssl_ciphers'),
  proxySslSessionReuse: as(flag.optional(), 'proxy_ssl_session_reuse'),
} as const;
