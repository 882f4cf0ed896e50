// A certificate as one line of text: its PEM, percent-encoded (RFC 3986 section 2.1).

/** nginx's `$ssl_client_escaped_cert`, Envoy's `Cert`: PEM with everything but unreserved characters percent-encoded. */
export function escapedCertificate(pem: string): string {
  // encodeURIComponent leaves !'()* as they are, but no PEM holds one.
  return encodeURIComponent(pem);
}
