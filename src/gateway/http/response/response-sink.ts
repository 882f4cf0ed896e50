// Where a response goes: the next bytes of an HTTP/1 connection, or a stream of HTTP/2.

export interface ResponseSink<R> {
  /** Bytes of heads, and of everything, that were given to the connection so far. */
  readonly headBytes: number;
  readonly sentBytes: number;
  /** The client has gone; nothing that is written reaches it. */
  readonly gone: boolean;
  /** Told once when the client ends its direction, or is gone; the returned function takes it back. */
  onGone(told: () => void): () => void;
  /** Writes the head as it is now. */
  begin(request: R): void;
  /** An interim response, `103` for example. */
  interim(status: number, headers: readonly { readonly name: string; readonly value: string }[]): void;
  /** Waits where the client does not keep up. Throws ClientGone where it takes too long, or the client has gone. */
  write(request: R, chunk: Buffer): Promise<void> | undefined;
  end(request: R): Promise<void> | undefined;
  /** Ends the connection, or the stream, in the middle. */
  abort(): void;
}

/** The client has closed, or does not take what is sent to it. */
export class ClientGone extends Error {
  readonly timedOut: boolean;

  constructor(timedOut = false) {
    super('the client has gone');
    this.timedOut = timedOut;
  }
}
