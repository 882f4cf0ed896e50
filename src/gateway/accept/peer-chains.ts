// What a client sends in the handshake after its own certificate: a TLS server in, the chains of its connections out. For
// servers that need it alone; a resumed session has none, for nothing is sent in it.

import type { X509Certificate } from 'node:crypto';
import type { Server, TLSSocket } from 'node:tls';

export interface PeerChains {
  /**
   * In the order of the client, as it came: nothing says that these belong to its certificate. Undefined where it is not
   * known: the session was resumed, or the client has no certificate.
   */
  of(stream: TLSSocket): readonly X509Certificate[] | undefined;
}

/**
 * On a server, Node.js 24.21 gives the chain to whoever asks for the peer's certificate first, and asks itself before
 * it tells anybody of the connection (nodejs/node#65579). So it has to be asked before that, on `secure`, and the one
 * event that shows a server's socket earlier is `keylog`, whose secrets are wiped here as they come. On a Node.js that is
 * mended the same works, and `secureConnection` would be early enough.
 */
export function createPeerChains(server: Server): PeerChains {
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
    of(stream) {
      const certificate = stream.isSessionReused() ? undefined : certificates.get(stream);
      return certificate === undefined ? undefined : sentAfter(certificate);
    },
  };
}

/** Node links what was sent one to the next, whether or not one has issued the other. */
function sentAfter(certificate: X509Certificate): X509Certificate[] {
  const sent: X509Certificate[] = [];
  for (let next = certificate.issuerCertificate; next !== undefined; next = next.issuerCertificate) sent.push(next);
  return sent;
}
