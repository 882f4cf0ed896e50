// Directives of nginx's other upstream protocols. Only their names are known: what leads to such an upstream is
// refused,
// and settings of one that is never used are taken, for they stand in files that everybody includes.

import { accepted, type DirectiveRow, refused } from './row.ts';

/** Names without what they begin with, by contexts and numbers of arguments. */
type Family = Readonly<Record<string, string>>;

const fastcgi: Family = {
  '1': 'index split_path_info store buffering request_buffering ignore_client_abort socket_keepalive connect_timeout send_timeout send_lowat buffer_size pass_request_headers pass_request_body intercept_errors read_timeout busy_buffers_size force_ranges limit_rate cache cache_key cache_min_uses cache_max_range_offset cache_lock cache_lock_timeout cache_lock_age cache_revalidate cache_background_update max_temp_file_size temp_file_write_size next_upstream_tries next_upstream_timeout pass_header hide_header catch_stderr keep_conn',
  '1,2,3': 'store_access',
  '1,2': 'bind',
  '2': 'buffers',
  '2+ http': 'cache_path',
  '1+': 'cache_bypass no_cache cache_valid cache_use_stale cache_methods next_upstream ignore_headers',
  '1,2,3,4': 'temp_path',
  '2,3': 'param',
};

const uwsgi: Family = {
  '1': 'modifier1 modifier2 store buffering request_buffering ignore_client_abort socket_keepalive connect_timeout send_timeout buffer_size pass_request_headers pass_request_body intercept_errors read_timeout busy_buffers_size force_ranges limit_rate cache cache_key cache_min_uses cache_max_range_offset cache_lock cache_lock_timeout cache_lock_age cache_revalidate cache_background_update max_temp_file_size temp_file_write_size next_upstream_tries next_upstream_timeout string pass_header hide_header ssl_session_reuse ssl_ciphers ssl_name ssl_server_name ssl_verify ssl_verify_depth ssl_trusted_certificate ssl_crl ssl_certificate ssl_certificate_key ssl_password_file',
  '1,2,3': 'store_access',
  '1,2': 'bind',
  '2': 'buffers ssl_conf_command',
  '2+ http': 'cache_path',
  '1+': 'cache_bypass no_cache cache_valid cache_use_stale cache_methods next_upstream ignore_headers ssl_protocols',
  '1,2,3,4': 'temp_path',
  '2,3': 'param',
};

const scgi: Family = {
  '1': 'store buffering request_buffering ignore_client_abort socket_keepalive connect_timeout send_timeout buffer_size pass_request_headers pass_request_body intercept_errors read_timeout busy_buffers_size force_ranges limit_rate cache cache_key cache_min_uses cache_max_range_offset cache_lock cache_lock_timeout cache_lock_age cache_revalidate cache_background_update max_temp_file_size temp_file_write_size next_upstream_tries next_upstream_timeout pass_header hide_header',
  '1,2,3': 'store_access',
  '1,2': 'bind',
  '2': 'buffers',
  '2+ http': 'cache_path',
  '1+': 'cache_bypass no_cache cache_valid cache_use_stale cache_methods next_upstream ignore_headers',
  '1,2,3,4': 'temp_path',
  '2,3': 'param',
};

const grpc: Family = {
  '1,2': 'bind',
  '1': 'socket_keepalive connect_timeout send_timeout intercept_errors buffer_size read_timeout next_upstream_tries next_upstream_timeout pass_header hide_header ssl_session_reuse ssl_ciphers ssl_name ssl_server_name ssl_verify ssl_verify_depth ssl_trusted_certificate ssl_crl ssl_certificate ssl_certificate_key ssl_password_file',
  '1+': 'next_upstream ignore_headers ssl_protocols',
  '2': 'set_header ssl_conf_command',
};

const memcached: Family = {
  '1,2': 'bind',
  '1': 'socket_keepalive connect_timeout send_timeout buffer_size read_timeout next_upstream_tries next_upstream_timeout gzip_flag',
  '1+': 'next_upstream',
};

function family(prefix: string, protocol: string, settings: Family): DirectiveRow[] {
  const rows: DirectiveRow[] = [
    {
      name: `${prefix}_pass`,
      in: 'location location-if',
      args: '1',
      meaning: refused(`upstreams are spoken to by HTTP, not by ${protocol}`),
    },
  ];
  const meaning = accepted(`Has a meaning only together with ${prefix}_pass.`);
  for (const [key, names] of Object.entries(settings)) {
    const [args = '1', where = 'http server location'] = key.split(' ');
    for (const name of names.split(' ')) rows.push({ name: `${prefix}_${name}`, in: where, args, meaning });
  }
  return rows;
}

export const foreignDirectives: readonly DirectiveRow[] = [
  ...family('fastcgi', 'FastCGI', fastcgi),
  ...family('uwsgi', 'uwsgi', uwsgi),
  ...family('scgi', 'SCGI', scgi),
  ...family('grpc', 'gRPC', grpc),
  ...family('memcached', 'the protocol of memcached', memcached),
  { name: 'stream', in: 'main', args: '0', block: true, meaning: refused('only HTTP is served') },
  { name: 'mail', in: 'main', args: '0', block: true, meaning: refused('only HTTP is served') },
];
