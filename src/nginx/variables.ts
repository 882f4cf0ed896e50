// The variables that nginx has of its own, so that one that a file only thinks it has is told as nginx tells it.

export interface NginxVariable {
  /** Whether there are any number of its kind: `http_…`. */
  readonly isFamily: boolean;
  /** Whether `set` may change it. */
  readonly isSettable: boolean;
}

const families = [
  'http_',
  'sent_http_',
  'sent_trailer_',
  'cookie_',
  'arg_',
  'upstream_http_',
  'upstream_trailer_',
  'upstream_cookie_',
  'proxy_protocol_tlv_',
];

const settable = new Set(['args', 'limit_rate']);

const names = new Set(
  `http_host http_user_agent http_referer http_via http_x_forwarded_for http_cookie content_length content_type host
  binary_remote_addr remote_addr remote_port proxy_protocol_addr proxy_protocol_port proxy_protocol_server_addr
  proxy_protocol_server_port server_addr server_port server_protocol scheme https request_uri uri document_uri request
  document_root realpath_root query_string args is_args request_filename server_name request_method remote_user bytes_sent
  body_bytes_sent pipe request_completion request_body request_body_file request_length request_time request_id status
  sent_http_content_type sent_http_content_length sent_http_location sent_http_last_modified sent_http_connection
  sent_http_keep_alive sent_http_transfer_encoding sent_http_cache_control sent_http_link limit_rate connection
  connection_requests connection_time nginx_version hostname pid msec time_iso8601 time_local tcpinfo_rtt tcpinfo_rttvar
  tcpinfo_snd_cwnd tcpinfo_rcv_space upstream_addr upstream_status upstream_connect_time upstream_header_time
  upstream_response_time upstream_response_length upstream_bytes_received upstream_bytes_sent upstream_cache_status
  upstream_cache_last_modified upstream_cache_etag upstream_last_server_name gzip_ratio http2 limit_conn_status
  limit_req_status realip_remote_addr realip_remote_port invalid_referer ssl_protocol ssl_cipher ssl_ciphers ssl_curve
  ssl_curves ssl_session_id ssl_session_reused ssl_early_data ssl_server_name ssl_alpn_protocol ssl_client_cert
  ssl_client_raw_cert ssl_client_escaped_cert ssl_client_s_dn ssl_client_i_dn ssl_client_s_dn_legacy
  ssl_client_i_dn_legacy ssl_client_serial ssl_client_fingerprint ssl_client_verify ssl_client_v_start ssl_client_v_end
  ssl_client_v_remain proxy_host proxy_port proxy_add_x_forwarded_for proxy_internal_body_length proxy_internal_chunked
  connections_active connections_reading connections_writing connections_waiting date_local date_gmt uid_got uid_set
  uid_reset slice_range secure_link secure_link_expires msie modern_browser ancient_browser memcached_key
  fastcgi_script_name fastcgi_path_info grpc_internal_trailers`.split(/\s+/),
);

/** By the first minor version that has them. */
const newer: Readonly<Record<string, number>> = {
  http3: 25,
  request_port: 29,
  is_request_port: 29,
  ssl_sigalg: 29,
  ssl_client_sigalg: 29,
  ssl_ech_status: 29,
  ssl_ech_outer_server_name: 29,
};

/** @param name in lower case, without `$`; @param minor of nginx 1.x */
export function findNginxVariable(name: string, minor: number): NginxVariable | undefined {
  if (names.has(name) || (newer[name] ?? Number.POSITIVE_INFINITY) <= minor) {
    const isFamily = false;
    return { isFamily, isSettable: settable.has(name) };
  }
  const isFamily = families.some((family) => name.startsWith(family));
  return isFamily ? { isFamily, isSettable: true } : undefined;
}
