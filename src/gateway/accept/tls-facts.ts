// Reads what the later stages need to know from a TLS socket whose handshake is done, once for each connection.

import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { TlsFacts } from './connection.ts';
import type { PresentedCertificate } from './known-certificates.ts';

/** What the listener knows of a handshake before it is done. */
export interface HandshakeFacts extends Pick<TlsFacts, 'server' | 'serverName' | 'superseded'> {
  /** The client's own. */
  readonly certificate: PresentedCertificate | undefined;
  /** What the client sent after its certificate; see PeerFacts. */
  readonly intermediates: () => readonly X509Certificate[] | undefined;
}

export function tlsFactsOf(stream: TLSSocket, { certificate, intermediates, ...known }: HandshakeFacts): TlsFacts {
  return {
    ...known,
    protocol: stream.getProtocol() ?? 'unknown',
    cipher: stream.getCipher().name,
    alpn: typeof stream.alpnProtocol === 'string' ? stream.alpnProtocol : undefined,
    resumed: stream.isSessionReused(),
    peer: {
      certificate,
      intermediates,
      authorized: stream.authorized,
      verifyError: verifyCodeOf(stream),
    },
  };
}

/**
 * Two readers of one ClientHello must not disagree about whose trust applies. Where a session of TLS 1.2 is resumed
 * OpenSSL does not tell the name again; the session is of the block that we chose, or it could not be read.
 */
export function agreesOnServerName(stream: TLSSocket, serverName: string | undefined): boolean {
  if (serverName === undefined) return true;
  if (typeof stream.servername !== 'string') return stream.isSessionReused();
  return stream.servername.toLowerCase().replace(/\.$/, '') === serverName;
}

/** Node stores a code here, though its types speak of an Error. */
export function verifyCodeOf(stream: TLSSocket): string | undefined {
  const error: unknown = stream.authorizationError;
  if (error === null || error === undefined) return undefined;
  if (error instanceof Error) return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  return String(error);
}
