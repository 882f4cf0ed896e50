// One open connection to an upstream server, between being opened and being closed: what the pool and the requests on
// it have to know of it.

import type { Socket } from 'node:net';

export interface Link {
  /** A TLSSocket where the server is `https`. */
  readonly socket: Socket;
  /** Unix time in milliseconds. */
  readonly openedAtMs: number;
  /** How long it took to open, TLS handshake included, in milliseconds. */
  readonly connectMs: number;
  /** The server asked for a certificate in the handshake: it may still refuse ours (RFC 8446 section 4.4.2). */
  readonly askedForCertificate: boolean;
  /** Requests sent on it, the one in flight included. */
  requests: number;
  /** How long it may be kept unused. */
  idleTimeoutMs: number;
  /** What broke it. */
  error: Error | undefined;
  /** Told of `error` before anybody else is. Set by the request in flight. */
  onError: ((error: Error) => void) | undefined;
}

/** @param openedAtMs Unix time in milliseconds */
export function linkOf(
  socket: Socket,
  facts: Pick<Link, 'openedAtMs' | 'connectMs' | 'askedForCertificate' | 'idleTimeoutMs'>,
): Link {
  const link: Link = { ...facts, socket, requests: 0, error: undefined, onError: undefined };
  // For as long as the socket lives: between two requests nobody else listens, and an error would end the process.
  socket.on('error', (error) => {
    link.error ??= error;
    link.onError?.(error);
  });
  return link;
}
