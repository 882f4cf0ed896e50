// Reads the body of a request, and keeps it where the whole is wanted (ngx_http_request_body.c).

import { mkdirSync, unlink } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { logError } from '../log/log-error.ts';
import { headerOf, type Request } from '../request.ts';
import { BodyFault, type BodySource, type RequestBody, type StoredBody } from './request-body.ts';

export function createRequestBody(source: BodySource): RequestBody<Request> {
  let received = 0;
  let stored: StoredBody | undefined;
  /** Taken from the source, and not read yet. */
  let early: Buffer | undefined;

  function invite(request: Request): void {
    if (request.expectTested || request.version !== 1001) return;
    const expected = headerOf(request, 'expect');
    if (expected === undefined) return;
    request.expectTested = true;
    if (expected.toLowerCase() === '100-continue') request.sink.interim(100, []);
  }

  function storeAvailable(request: Request): StoredBody | undefined {
    if (stored !== undefined) return stored;
    const piece = source.available();
    if (piece !== undefined) early = early === undefined ? piece : Buffer.concat([early, piece]);
    if (!source.done || (early?.length ?? 0) > request.location.bodyBufferBytes) return undefined;
    const bytes = early ?? Buffer.alloc(0);
    early = undefined;
    received += bytes.length;
    checkLength(request);
    stored = { length: bytes.length, bytes, file: undefined };
    return stored;
  }

  /** A length that was announced has been looked at before. */
  function checkLength(request: Request): void {
    const { maxBodyBytes } = request.location;
    if (maxBodyBytes === 0 || received <= maxBodyBytes || request.contentLength !== -1) return;
    logError(request, 'error', `client intended to send too large chunked body: ${received} bytes`);
    throw new BodyFault(413, 'too large');
  }

  async function next(request: Request): Promise<Buffer | undefined> {
    invite(request);
    const piece = early ?? (await source.next(request.location.bodyTimeoutMs));
    early = undefined;
    if (piece === undefined) return undefined;
    received += piece.length;
    checkLength(request);
    return piece;
  }

  async function store(request: Request): Promise<StoredBody> {
    if (stored !== undefined) return stored;
    const { bodyInFileOnly } = request.location;
    const mostInMemory = memoryBytes(request);
    const pieces: Buffer[] = [];
    let length = 0;
    let file: BodyFile | undefined;
    try {
      for (let piece = await next(request); piece !== undefined; piece = await next(request)) {
        length += piece.length;
        pieces.push(piece);
        if (length <= mostInMemory && bodyInFileOnly === 'off') continue;
        file ??= await openBodyFile(request);
        await file.write(Buffer.concat(pieces.splice(0)));
      }
      if (bodyInFileOnly !== 'off' && (request.chunked || request.contentLength >= 0)) {
        file ??= await openBodyFile(request);
      }
    } finally {
      await file?.close();
    }
    stored = { length, bytes: file === undefined ? Buffer.concat(pieces) : undefined, file: file?.name };
    return stored;
  }

  return {
    get received() {
      return received;
    },
    get done() {
      return source.done;
    },
    get stored() {
      return stored;
    },
    invite,
    next,
    skip: async (timeoutMs) => (await source.next(timeoutMs)) !== undefined,
    storeAvailable,
    store,
  };
}

/** How much of a body nginx keeps in memory: a little more than the buffer, or what came with the head. */
function memoryBytes({ contentLength, prereadBytes, location }: Request): number {
  const { bodyBufferBytes } = location;
  if (contentLength === -1) return bodyBufferBytes;
  const rest = contentLength - prereadBytes;
  return rest <= 0 || rest < bodyBufferBytes * 1.25 ? contentLength : Math.min(bodyBufferBytes, contentLength - 1);
}

interface BodyFile {
  readonly name: string;
  write(bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** A file for one body; it goes with the request, unless the operator wants it kept. */
async function openBodyFile(request: Request): Promise<BodyFile> {
  const { bodyTempPath, bodyInFileOnly } = request.location;
  mkdirSync(bodyTempPath, { recursive: true, mode: 0o700 });
  const name = join(bodyTempPath, `${process.pid}-${request.id}`);
  // Never through a name that somebody has laid there.
  const handle = await open(name, 'wx', 0o600);
  logError(request, 'warn', `a client request body is buffered to a temporary file ${name}`);
  if (bodyInFileOnly !== 'on') {
    request.cleanups.push(() => unlink(name, () => {}));
  }
  return {
    name,
    write: async (bytes) => void (await handle.write(bytes)),
    close: () => handle.close(),
  };
}
