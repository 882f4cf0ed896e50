// The certificates that a client sends in the handshake: its own, also where it is refused, and those after it. A TLS
// server in, a way to ask about its sockets out. What is told here has not been verified; asking must not cost memory.

import { X509Certificate } from 'node:crypto';
import type { Server, TLSSocket } from 'node:tls';

export interface PeerCertificates {
  /** The client's own; undefined where it sent none, or the handshake did not come that far. */
  of(stream: TLSSocket): X509Certificate | undefined;
  /**
   * What came after it, in the order of the client: nothing says that these belong to its certificate. Undefined where it
   * cannot be known: it did not verify, the session was resumed, or the client has no certificate.
   *
   * The first question takes it out of OpenSSL's hands, and that memory is lost: to be asked once for each connection, and
   * only where the answer is needed.
   */
  sentAfter(stream: TLSSocket): readonly X509Certificate[] | undefined;
}

/** The part of Node's own socket below a TLSSocket by which Node learns, and tells, who the peer is. */
interface Handle {
  getPeerX509Certificate?: () => object | undefined;
}

/**
 * A socket whose certificate is refused is destroyed before anybody is told of it, and with it the certificate; so it has
 * to be asked for on `secure`. The one event that shows a server's socket early enough is `keylog`, whose secrets are
 * wiped here as they come and go nowhere.
 *
 * `getPeerX509Certificate` takes whatever was sent after the client's certificate out of OpenSSL's hands and never frees
 * it: anybody could fill the memory, 100 KB with each handshake. So it is not asked, and Node, which asks for clients
 * that verify (nodejs/node#65579), gets its answer from here; the chain stays where it is until somebody needs it, and
 * the price is paid then.
 */
export function createPeerCertificates(server: Server): PeerCertificates {
  const certificates = new WeakMap<TLSSocket, X509Certificate>();
  const met = new WeakSet<TLSSocket>();
  server.on('keylog', (line, stream) => {
    line.fill(0);
    if (met.has(stream)) return;
    met.add(stream);
    stream.prependOnceListener('secure', () => {
      const certificate = readOwn(stream);
      if (certificate === undefined) return;
      certificates.set(stream, certificate);
      answerNode(stream, certificate);
    });
  });
  return {
    of: (stream) => certificates.get(stream),
    sentAfter(stream) {
      if (!stream.authorized || stream.isSessionReused() || !certificates.has(stream)) return undefined;
      letNodeAsk(stream);
      return linkedTo(stream.getPeerX509Certificate());
    },
  };
}

/** By the older of Node's two ways: it is slower, and frees what it reads. One that it cannot read counts as none. */
function readOwn(stream: TLSSocket): X509Certificate | undefined {
  try {
    const { raw }: { readonly raw?: Buffer } = stream.getPeerCertificate();
    return raw === undefined ? undefined : new X509Certificate(raw);
  } catch {
    return undefined;
  }
}

/** Answers the next question for the peer's certificate in place of Node's handle; Node asks whether there is one. */
function answerNode(stream: TLSSocket, certificate: X509Certificate): void {
  const handle = handleOf(stream);
  if (handle?.getPeerX509Certificate === undefined) return;
  handle.getPeerX509Certificate = () => {
    letNodeAsk(stream);
    return certificate;
  };
}

/** The prototype's method is there again. */
function letNodeAsk(stream: TLSSocket): void {
  delete handleOf(stream)?.getPeerX509Certificate;
}

function handleOf(stream: TLSSocket): Handle | undefined {
  return (stream as TLSSocket & { readonly _handle?: Handle | null })._handle ?? undefined;
}

/** Node links what was sent one to the next, whether or not one has issued the other. */
function linkedTo(certificate: X509Certificate | undefined): X509Certificate[] {
  const sent: X509Certificate[] = [];
  for (let next = certificate?.issuerCertificate; next !== undefined; next = next.issuerCertificate) sent.push(next);
  return sent;
}
