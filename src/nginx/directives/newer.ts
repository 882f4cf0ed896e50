// Directives that have come to nginx after 1.22, up to 1.31.

import { accepted, approximate, type DirectiveRow, exact, exactAs, refused } from './row.ts';
import { flag, list, number, oneOf, size, text } from './value-kind.ts';

const quic = refused('HTTP/3 is not spoken');
const unusedQuic = accepted('Has a meaning only together with `listen … quic`.');

export const newerDirectives: readonly DirectiveRow[] = [
  { name: 'http2', in: 'http server', value: flag, since: 25, meaning: exactAs('servers[].http2') },
  { name: 'http3', in: 'http server', value: flag, since: 25, meaning: unusedQuic },
  { name: 'http3_hq', in: 'http server', value: flag, since: 25, meaning: quic },
  { name: 'http3_max_concurrent_streams', in: 'http server', value: number, since: 25, meaning: unusedQuic },
  { name: 'http3_stream_buffer_size', in: 'http server', value: size, since: 25, meaning: unusedQuic },
  { name: 'quic_active_connection_id_limit', in: 'http server', value: number, since: 25, meaning: unusedQuic },
  { name: 'quic_bpf', in: 'main', value: flag, since: 25, meaning: unusedQuic },
  { name: 'quic_gso', in: 'http server', value: flag, since: 25, meaning: unusedQuic },
  { name: 'quic_host_key', in: 'http server', args: '1', since: 25, meaning: unusedQuic },
  { name: 'quic_retry', in: 'http server', value: flag, since: 25, meaning: unusedQuic },
  {
    name: 'keepalive_min_timeout',
    in: 'http server location',
    args: '1',
    once: true,
    since: 27,
    meaning: approximate('Idle connections are closed at once when the process ends.'),
  },
  {
    name: 'ssl_object_cache_inheritable',
    in: 'main',
    value: flag,
    since: 27,
    meaning: accepted('How nginx keeps memory.'),
  },
  {
    name: 'ssl_certificate_cache',
    in: 'http server',
    args: '1,2,3',
    once: true,
    since: 27,
    meaning: accepted('How nginx keeps memory.'),
  },
  {
    name: 'proxy_ssl_certificate_cache',
    in: 'http server location',
    args: '1,2,3',
    once: true,
    since: 27,
    meaning: accepted('How nginx keeps memory.'),
  },
  {
    name: 'proxy_ssl_key_log',
    in: 'http server location',
    value: text,
    since: 27,
    meaning: refused('keys of connections are not written down'),
  },
  {
    name: 'ssl_key_log',
    in: 'http server',
    value: text,
    since: 27,
    meaning: refused('keys of connections are not written down'),
  },
  {
    name: 'proxy_pass_trailers',
    in: 'http server location',
    value: flag,
    since: 27,
    meaning: approximate('Trailers of upstreams are not passed on.'),
  },
  {
    name: 'resolver',
    in: 'upstream',
    args: '1+',
    once: true,
    since: 27,
    meaning: approximate('Names are resolved by the resolver of the system.'),
  },
  {
    name: 'resolver_timeout',
    in: 'upstream',
    args: '1',
    once: true,
    since: 27,
    meaning: accepted('Names are resolved by the resolver of the system.'),
  },
  {
    name: 'early_hints',
    in: 'http server location',
    args: '1+',
    since: 29,
    meaning: approximate('Interim responses of upstreams are not passed on.'),
  },
  {
    name: 'ssl_certificate_compression',
    in: 'http server',
    value: flag,
    since: 29,
    meaning: approximate('Certificates are sent uncompressed, as with `off`.'),
  },
  {
    name: 'ssl_ech_file',
    in: 'http server',
    value: list,
    since: 29,
    meaning: refused('Encrypted ClientHello is not supported by the TLS library'),
  },
  {
    name: 'add_header_inherit',
    in: 'http server location location-if',
    value: oneOf('off', 'on', 'merge'),
    since: 29,
    meaning: exact,
  },
  {
    name: 'add_trailer_inherit',
    in: 'http server location location-if',
    value: oneOf('off', 'on', 'merge'),
    since: 29,
    meaning: exact,
  },
  { name: 'sticky', in: 'upstream', args: '1+', since: 29, meaning: refused('sessions are not bound to servers') },
];
