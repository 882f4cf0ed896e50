// One open connection to an upstream server, between being opened and being closed: what the pool and the requests on
// it have to know of it, and who is told of what comes in.

import type { Socket } from 'node:net';
import type { Timed, TimeLimit } from '../timeouts.ts';

/** Told of everything that happens on a link while a request is under way on it. */
export interface LinkUser {
  onLinkData(bytes: Buffer): void;
  /** What was written beyond the socket's buffer has been taken. */
  onLinkDrain(): void;
  /** The server sends nothing more. */
  onLinkEnd(): void;
  /** Also after `onLinkEnd`. */
  onLinkClose(): void;
  /** The time limit that was set for the link is over. */
  onLinkTimeout(): void;
}

export interface LinkFacts {
  /** Unix time in milliseconds. */
  readonly openedAtMs: number;
  /** How long it took to open, TLS handshake included, in milliseconds. */
  readonly connectMs: number;
  /** The server asked for a certificate in the handshake: it may still refuse ours (RFC 8446 section 4.4.2). */
  readonly askedForCertificate: boolean;
  /** How long it may be kept unused. */
  readonly idleTimeoutMs: number;
  /**
   * Bytes that come in stand in a buffer that is used again for the next ones, of any connection: whoever wants to keep them
   * copies them. A buffer for each read would be given back to the system by the garbage collector alone, which looks
   * through the whole heap for every few tens of megabytes of bodies. Node's own HTTP client cannot use such a link.
   */
  readonly isVolatile?: boolean;
}

export class Link implements LinkFacts, Timed {
  /** A TLSSocket where the server is `https`. */
  readonly socket: Socket;
  readonly openedAtMs: number;
  readonly connectMs: number;
  readonly askedForCertificate: boolean;
  idleTimeoutMs: number;
  readonly isVolatile: boolean;
  /** Requests sent on it, the one in flight included. */
  requests = 0;
  /** What broke it. */
  error: Error | undefined;
  /** Told of `error` before anybody else is. Set by the request in flight. */
  onError: ((error: Error) => void) | undefined;
  /** Of the express lane. Nobody: whatever comes in ends the link. */
  user: LinkUser | undefined;
  timeLimit: TimeLimit | undefined;
  #listens = false;

  constructor(
    socket: Socket,
    { openedAtMs, connectMs, askedForCertificate, idleTimeoutMs, isVolatile = false }: LinkFacts,
  ) {
    this.socket = socket;
    this.isVolatile = isVolatile;
    this.openedAtMs = openedAtMs;
    this.connectMs = connectMs;
    this.askedForCertificate = askedForCertificate;
    this.idleTimeoutMs = idleTimeoutMs;
    // For as long as the socket lives: between two requests nobody else listens, and an error would end the process.
    socket.on('error', (error) => {
      this.error ??= error;
      this.onError?.(error);
    });
  }

  /** From now on the user is told, or the link ended. What is listened to stays so from request to request. */
  listen(): void {
    if (this.#listens) return;
    this.#listens = true;
    if (!this.isVolatile) this.socket.on('data', this.#onData);
    this.socket.on('end', this.#onEnd).on('drain', this.#onDrain).on('close', this.#onClose);
  }

  /** Before somebody else listens to the socket itself. */
  stopListening(): void {
    if (!this.#listens) return;
    this.#listens = false;
    this.socket
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('drain', this.#onDrain)
      .off('close', this.#onClose);
  }

  onTimeout(): void {
    if (this.user === undefined) this.socket.destroy();
    else this.user.onLinkTimeout();
  }

  receive(bytes: Buffer): void {
    // Bytes on a connection on which nothing was asked would become the answer to the next request.
    if (this.user === undefined) this.socket.destroy();
    else this.user.onLinkData(bytes);
  }

  readonly #onData = (bytes: Buffer): void => this.receive(bytes);

  readonly #onEnd = (): void => {
    if (this.user === undefined) this.socket.destroy();
    else this.user.onLinkEnd();
  };

  readonly #onDrain = (): void => this.user?.onLinkDrain();

  readonly #onClose = (): void => this.user?.onLinkClose();
}
