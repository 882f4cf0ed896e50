// The certificates that a client sends in the handshake, before Node hides them: its own, also where it is refused, and
// those after it. A TLS server in, a way to ask about its sockets out. What is told here has not been verified.

import type { X509Certificate } from 'node:crypto';
import type { Server, TLSSocket } from 'node:tls';

export interface PeerCertificates {
  /** The client's own; undefined where it sent none, or the handshake did not come that far. */
  of(stream: TLSSocket): X509Certificate | undefined;
  /**
   * What came after it, in the order of the client: nothing says that these belong to its certificate. Undefined where it
   * is not known: the session was resumed, or the client has no certificate.
   */
  sentAfter(stream: TLSSocket): readonly X509Certificate[] | undefined;
}

/**
 * A socket whose certificate is refused is destroyed before anybody is told of it, and with it the certificate; the chain
 * is given only to whoever asks first (nodejs/node#65579), and Node asks itself. So both have to be asked for before that,
 * on `secure`. The one event that shows a server's socket early enough is `keylog`, whose secrets are wiped here as they
 * come and go nowhere.
 */
export function createPeerCertificates(server: Server): PeerCertificates {
  const certificates = new WeakMap<TLSSocket, X509Certificate>();
  const met = new WeakSet<TLSSocket>();
  server.on('keylog', (line, stream) => {
    line.fill(0);
    if (met.has(stream)) return;
    met.add(stream);
    stream.prependOnceListener('secure', () => {
      const certificate = stream.getPeerX509Certificate();
      if (certificate !== undefined) certificates.set(stream, certificate);
    });
  });
  return {
    of: (stream) => certificates.get(stream),
    sentAfter(stream) {
      const certificate = stream.isSessionReused() ? undefined : certificates.get(stream);
      return certificate === undefined ? undefined : linkedTo(certificate);
    },
  };
}

/** Node links what was sent one to the next, whether or not one has issued the other. */
function linkedTo(certificate: X509Certificate): X509Certificate[] {
  const sent: X509Certificate[] = [];
  for (let next = certificate.issuerCertificate; next !== undefined; next = next.issuerCertificate) sent.push(next);
  return sent;
}
