// One accepted connection, as the later stages see it: who is at the other end, over what, and since when.
// Values only: nothing here reads from the socket.

import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { PresentedCertificate } from './known-certificates.ts';

/** An address of one end of a connection. `address` is `unix:` for a unix-domain socket. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What the TLS library says of the peer's certificate once the handshake is done. */
export interface PeerFacts {
  /** The leaf the peer sent, in this handshake or in the one that is resumed. */
  readonly certificate: PresentedCertificate | undefined;
  /**
   * What the client sent after it, in its order and unverified. Undefined where that is not known, as on a resumed
   * session. Asking costs memory that Node never frees: once, and only where the answer is needed.
   */
  readonly intermediates?: () => readonly X509Certificate[] | undefined;
  /** Node's verdict. Never enough alone: see the authenticate stage. */
  readonly authorized: boolean;
  /** Node's name of the verification error (`CERT_HAS_EXPIRED`, …), if verification failed. */
  readonly verifyError: string | undefined;
}

/** A finished TLS handshake. */
export interface TlsFacts {
  /** Name of the server block whose certificate, CA and verify mode the handshake used. */
  readonly server: string;
  /** The name the client asked for (SNI, RFC 6066 §3): lower case, no trailing dot. */
  readonly serverName: string | undefined;
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly protocol: string;
  /** OpenSSL's name of the cipher suite. */
  readonly cipher: string;
  /** Negotiated protocol (RFC 7301): `h2`, `http/1.1`, or undefined where the client offered none. */
  readonly alpn: string | undefined;
  readonly resumed: boolean;
  /** A reload has replaced the TLS server during the handshake: it was made under the trust of before. */
  readonly superseded: boolean;
  readonly peer: PeerFacts;
}

/** A connection that made it through `accept`. */
export interface Connection {
  /** Serial number within this process, from 1. */
  readonly id: number;
  /** Canonical text of the listening address (`ListenConfig.key`). */
  readonly listener: string;
  /** The client: the socket's peer, or what a PROXY header of a trusted peer says. */
  readonly client: Endpoint;
  /** The peer of the socket itself. */
  readonly peer: Endpoint;
  /** Our own end. */
  readonly local: Endpoint;
  /** Undefined on a plain listener. */
  readonly tls: TlsFacts | undefined;
  /** Unix time in milliseconds. */
  readonly acceptedAtMs: number;
  /** The stream that carries HTTP: a TLSSocket, or the plain socket. */
  readonly stream: Duplex;
}
