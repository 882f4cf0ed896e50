// A serialized TLS session in, the certificate of the peer in it out, as DER. Nothing else of a session is looked at: it
// holds the secrets of its connections.

import { constructed, derTags, parseDer } from '../../x509/der.ts';

/** `peer` of SSL_SESSION_ASN1 (OpenSSL, ssl/ssl_asn1.c). */
const peerTag = constructed(3);

/**
 * Undefined where the peer has shown none. What goes out is a part of what came in.
 *
 * @throws MutualError `certificate-invalid` where it is no session
 */
export function certificateOfSession(session: Buffer): Buffer | undefined {
  const fields = parseDer(session, derTags.sequence).children();
  while (!fields.atEnd) {
    const field = fields.read();
    if (field.tag === peerTag) return field.content;
  }
  return undefined;
}
