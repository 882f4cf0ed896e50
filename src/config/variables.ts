// The closed table of $variables: which names a template may use, what each means, and from when on it is known.
// Names and values are nginx's wherever nginx has the variable. The values themselves are made by the gateway.

/** `request`: known when a request is forwarded. `log`: known only when the exchange is over. */
export type VariableScope = 'request' | 'log';

export interface Variable {
  /** Without `$`. A name that ends in `*` stands for every name that begins so, with at least one more character. */
  readonly name: string;
  readonly scope: VariableScope;
  readonly description: string;
}

const request = (name: string, description: string): Variable => ({ name, scope: 'request', description });
const log = (name: string, description: string): Variable => ({ name, scope: 'log', description });

/** Every variable, in the order of the documentation. */
export const variables: readonly Variable[] = [
  // The connection.
  request('remote_addr', 'Address of the client; behind a trusted PROXY header, the address it tells'),
  request('remote_port', 'Port of the client'),
  request('server_addr', 'Address the connection came in on'),
  request('server_port', 'Port the connection came in on'),
  request('connection', 'Number of the connection, counted from the start'),
  request('connection_requests', 'Number of the request on its connection, from 1'),
  request('http2', '`h2` on an HTTP/2 connection over TLS, else empty'),
  // The request.
  request('request', 'The request line as it came: `GET /a?b HTTP/1.1`'),
  request('request_method', '`GET`, `POST`, …'),
  request('request_uri', 'The target as it came, with arguments, nothing decoded'),
  request('uri', 'The path alone, decoded and normalised'),
  request('args', 'The arguments: what stands after `?`'),
  request('query_string', 'The same as `$args`'),
  request('is_args', '`?` when there are arguments, else empty'),
  request('arg_*', 'One argument by name, not decoded'),
  request('scheme', '`http` or `https`'),
  request('https', '`on` over TLS, else empty'),
  request('host', 'Host asked for, lower case, without port; the name of the server when none was given'),
  request('http_host', 'The Host header as it came'),
  request('http_*', 'A header of the request: lower case, `-` written `_`; several lines are joined with `, `'),
  request('cookie_*', 'One cookie by name'),
  request('content_type', 'The Content-Type header of the request'),
  request('content_length', 'The Content-Length header of the request'),
  request('remote_user', 'User name of Basic authentication'),
  request('server_protocol', '`HTTP/1.0`, `HTTP/1.1` or `HTTP/2.0`'),
  request('request_id', 'Identifier of the request: 32 hexadecimal digits'),
  request('trace_id', 'Identifier of the trace that the request is part of (W3C Trace Context); empty outside of any'),
  request('traceparent', 'The `traceparent` that the upstream is sent; empty outside of any trace'),
  log('request_length', 'Bytes of the request: line, headers and body'),
  // The server and its decision.
  request('server_name', 'First name of the server that took the request'),
  request('hostname', 'Name of this machine'),
  request('pid', 'Process number'),
  request('route', 'Name of the route'),
  request('upstream_name', 'Name of the upstream that the route leads to'),
  log('denial', 'Why the request was refused: an error code; empty when it was not'),
  // The client certificate and TLS.
  request('ssl_client_verify', '`SUCCESS`, `NONE` without certificate, or `FAILED:reason`'),
  request('ssl_client_s_dn', 'Subject of the client certificate, RFC 2253: `CN=client-a,O=Company A,C=DE`'),
  request('ssl_client_i_dn', 'Issuer of the client certificate, RFC 2253'),
  request('ssl_client_s_dn_legacy', 'Subject in the old form: `/C=DE/O=Company A/CN=client-a`'),
  request('ssl_client_i_dn_legacy', 'Issuer in the old form'),
  request('ssl_client_serial', 'Serial number: upper-case hexadecimal'),
  request('ssl_client_fingerprint', 'SHA-1 of the certificate: lower-case hexadecimal'),
  request('ssl_client_fingerprint_sha256', 'SHA-256 of the certificate: lower-case hexadecimal'),
  request('ssl_client_spki_sha256', 'SHA-256 of the public key (SubjectPublicKeyInfo): lower-case hexadecimal'),
  request('ssl_client_common_name', 'The common name of the subject; the last one when there are several'),
  request('ssl_client_san_dns', 'DNS names of the certificate, joined with `,`'),
  request('ssl_client_san_email', 'E-mail addresses of the certificate, joined with `,`'),
  request('ssl_client_san_uri', 'URIs of the certificate, joined with `,`'),
  request('ssl_client_san_ip', 'IP addresses of the certificate, joined with `,`'),
  request('ssl_client_escaped_cert', 'The certificate as PEM, percent-encoded'),
  request('ssl_client_raw_cert', 'The certificate as PEM; it has line breaks, so no header can carry it'),
  request('ssl_client_v_start', 'Not before: `Nov  3 15:14:09 2026 GMT`'),
  request('ssl_client_v_end', 'Not after: `Nov  3 15:14:09 2027 GMT`'),
  request('ssl_client_v_remain', 'Whole days until the certificate expires'),
  request('ssl_protocol', '`TLSv1.2` or `TLSv1.3`'),
  request('ssl_cipher', 'Cipher suite of the connection'),
  request('ssl_curve', 'Curve of the key exchange'),
  request('ssl_server_name', 'Name that the client asked for in the handshake (SNI)'),
  request('ssl_session_reused', '`r` on a resumed session, else `.`'),
  request('ssl_alpn_protocol', 'Protocol agreed on by ALPN: `h2`, `http/1.1`'),
  // Toward the upstream.
  request('proxy_host', 'Host and port of the upstream as configured'),
  request('proxy_add_x_forwarded_for', 'X-Forwarded-For of the request with `$remote_addr` appended'),
  log('upstream_addr', 'Address of the upstream server; all that were tried, joined with `, `'),
  log('upstream_status', 'Status that the upstream answered'),
  log('upstream_connect_time', 'Seconds until the upstream connection stood, with milliseconds'),
  log('upstream_header_time', 'Seconds until the head of its response was there'),
  log('upstream_response_time', 'Seconds until its response was complete'),
  log('upstream_response_length', 'Bytes of the body of its response'),
  log('upstream_http_*', 'A header of the response of the upstream'),
  // The response and the time.
  log('status', 'Status of the response'),
  log('bytes_sent', 'Bytes sent to the client, head included'),
  log('body_bytes_sent', 'Bytes of body sent to the client'),
  log('sent_http_*', 'A header of the response as sent to the client'),
  log('request_time', 'Seconds from the first byte of the request to the last of the response, with milliseconds'),
  request('time_local', 'Time as `23/Nov/2026:15:14:10 +0000`'),
  request('time_iso8601', 'Time as `2026-11-23T15:14:10+00:00`'),
  request('msec', 'Time in seconds since 1970, with milliseconds'),
];

const byName = new Map(variables.filter(({ name }) => !name.endsWith('*')).map((entry) => [entry.name, entry]));
const families = variables.filter(({ name }) => name.endsWith('*'));

/** The entry for a name in lower case without `$`, a family (`http_*`) for its members; undefined when unknown. */
export function findVariable(name: string): Variable | undefined {
  return byName.get(name) ?? families.find((family) => isMember(name, family.name.slice(0, -1)));
}

function isMember(name: string, prefix: string): boolean {
  return name.length > prefix.length && name.startsWith(prefix);
}
