// ngx_http_ssl_module: TLS toward clients. A row for each directive: where it may stand, what it takes, and what
// becomes of it.

import { accepted, approximate, type DirectiveRow, exact, refused } from './row.ts';
import { flag, list, number, oneOf, pair, seconds, size, someOf, text } from './value-kind.ts';

export const sslDirectives: readonly DirectiveRow[] = [
  { name: 'ssl', in: 'http server', value: flag, until: 25, meaning: exact },
  { name: 'ssl_certificate', in: 'http server', value: list, meaning: exact },
  { name: 'ssl_certificate_key', in: 'http server', value: list, meaning: exact },
  { name: 'ssl_password_file', in: 'http server', args: '1', once: true, meaning: exact },
  { name: 'ssl_dhparam', in: 'http server', value: text, meaning: accepted('Key exchange is by elliptic curves.') },
  { name: 'ssl_ecdh_curve', in: 'http server', value: text, meaning: exact },
  {
    name: 'ssl_protocols',
    in: 'http server',
    value: someOf('SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'),
    meaning: exact,
  },
  { name: 'ssl_ciphers', in: 'http server', value: text, meaning: exact },
  { name: 'ssl_buffer_size', in: 'http server', value: size, meaning: accepted('How nginx keeps memory.') },
  {
    name: 'ssl_verify_client',
    in: 'http server',
    value: oneOf('off', 'on', 'optional', 'optional_no_ca'),
    meaning: exact,
  },
  { name: 'ssl_verify_depth', in: 'http server', value: number, meaning: exact },
  { name: 'ssl_client_certificate', in: 'http server', value: text, meaning: exact },
  { name: 'ssl_trusted_certificate', in: 'http server', value: text, meaning: exact },
  { name: 'ssl_prefer_server_ciphers', in: 'http server', value: flag, meaning: exact },
  {
    name: 'ssl_session_cache',
    in: 'http server',
    args: '1,2',
    once: true,
    meaning: approximate('Sessions are resumed by tickets and by a cache of each process; sizes are not kept to.'),
  },
  { name: 'ssl_session_tickets', in: 'http server', value: flag, meaning: exact },
  { name: 'ssl_session_ticket_key', in: 'http server', value: list, meaning: exact },
  { name: 'ssl_session_timeout', in: 'http server', value: seconds, meaning: exact },
  { name: 'ssl_crl', in: 'http server', value: text, meaning: exact },
  {
    name: 'ssl_ocsp',
    in: 'http server',
    value: oneOf('off', 'on', 'leaf'),
    meaning: refused('responders are not asked; a revocation list (ssl_crl) is'),
  },
  {
    name: 'ssl_ocsp_responder',
    in: 'http server',
    value: text,
    meaning: accepted('Has a meaning only together with ssl_ocsp.'),
  },
  {
    name: 'ssl_ocsp_cache',
    in: 'http server',
    args: '1',
    once: true,
    meaning: accepted('Has a meaning only together with ssl_ocsp.'),
  },
  { name: 'ssl_stapling', in: 'http server', value: flag, meaning: approximate('No OCSP response is stapled.') },
  {
    name: 'ssl_stapling_file',
    in: 'http server',
    value: text,
    meaning: accepted('Has a meaning only together with ssl_stapling.'),
  },
  {
    name: 'ssl_stapling_responder',
    in: 'http server',
    value: text,
    meaning: accepted('Has a meaning only together with ssl_stapling.'),
  },
  {
    name: 'ssl_stapling_verify',
    in: 'http server',
    value: flag,
    meaning: accepted('Has a meaning only together with ssl_stapling.'),
  },
  {
    name: 'ssl_early_data',
    in: 'http server',
    value: flag,
    meaning: approximate('Early data is never taken; clients send it again after the handshake.'),
  },
  {
    name: 'ssl_conf_command',
    in: 'http server',
    value: pair,
    meaning: refused('OpenSSL is not configured by commands'),
  },
  { name: 'ssl_reject_handshake', in: 'http server', value: flag, meaning: exact },
];
