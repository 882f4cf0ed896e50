// The body of a request: read piece by piece as it comes, or whole, in memory or in a file.

export interface StoredBody {
  readonly length: number;
  /** The body, where it is in memory. */
  readonly bytes: Buffer | undefined;
  /** The file it is in. */
  readonly file: string | undefined;
}

/** The status that a body is answered with that cannot be read. */
export class BodyFault extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Where the bytes come from: one kind of it for each version of HTTP. */
export interface BodySource {
  /** The next piece; undefined at the end. @throws BodyFault */
  next(timeoutMs: number): Promise<Buffer | undefined>;
  /** What has come already, without waiting for more; undefined where that is nothing. @throws BodyFault */
  available(): Buffer | undefined;
  /** No byte of it is still to come. */
  readonly done: boolean;
}

export interface RequestBody<R> {
  readonly received: number;
  readonly done: boolean;
  readonly stored: StoredBody | undefined;
  /** Tells a client that waits for it to go on. */
  invite(request: R): void;
  /** @throws BodyFault */
  next(request: R): Promise<Buffer | undefined>;
  /** Reads a piece away, however large the body is. @returns false at the end @throws BodyFault */
  skip(timeoutMs: number): Promise<boolean>;
  /** All of it, where it is here already and small enough. @throws BodyFault */
  storeAvailable(request: R): StoredBody | undefined;
  /** All of it. @throws BodyFault */
  store(request: R): Promise<StoredBody>;
}
