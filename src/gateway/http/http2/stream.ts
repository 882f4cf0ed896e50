// One stream of HTTP/2 (RFC 9113 section 5): what has come of the request's body and waits to be read, and what of the
// response waits for the client's windows. It knows nothing of requests.

import type { Field } from './header-table.ts';

export interface Http2Stream {
  readonly id: number;
  /** Nothing more comes of the body. */
  readonly inClosed: boolean;
  /** Some of the body is here and was not taken. */
  readonly hasBody: boolean;
  /** Nothing that is written reaches the client. */
  readonly closed: boolean;
  /** It was closed before the response was done. */
  readonly gone: boolean;
  readonly headersSent: boolean;
  /** Told once when the client gives up; the returned function takes it back. */
  onGone(told: () => void): () => void;
  /** What has come of the body; undefined where that is nothing. */
  take(): Buffer | undefined;
  /** Waits for more than there is, and lets the client send it. */
  more(timeoutMs: number): Promise<'data' | 'end' | 'closed' | 'timeout'>;
  /** A head before the head of the response. */
  inform(fields: readonly Field[]): void;
  /** With `last` the response is done. */
  respond(fields: readonly Field[], last: boolean): void;
  /** Resolves when the client has room for more; undefined: at once. `timeout` where that takes too long. */
  write(chunk: Buffer, timeoutMs: number): Promise<'sent' | 'closed' | 'timeout'> | undefined;
  /** The end of the response, with trailers where there are any. Resolves when all of it is written. */
  end(trailers: readonly Field[], timeoutMs: number): Promise<'sent' | 'closed' | 'timeout'> | undefined;
  reset(errorCode: number): void;
}

/** The side of a stream that the connection turns to. */
export interface StreamState {
  readonly stream: Http2Stream;
  /** How much the client may still send. */
  receiveWindow: number;
  /** How much the client still takes. */
  sendWindow: number;
  /** False where the body ends there already: nothing may come after that. */
  receive(chunk: Buffer): void;
  receiveEnd(): void;
  /** The next piece for the client; undefined where nothing can be sent now. */
  next(
    most: number,
  ): { readonly chunk: Buffer; readonly last: boolean; readonly trailers: readonly Field[] } | undefined;
  /** Tells those who wait, after pieces have gone out. */
  progress(): void;
  close(): void;
}

/** What a stream asks of its connection. */
export interface StreamOwner {
  /** The client may send so much more. */
  grant(state: StreamState, bytes: number): void;
  sendHead(state: StreamState, fields: readonly Field[], last: boolean): void;
  /** There is something to send. */
  wake(state: StreamState): void;
  reset(state: StreamState, errorCode: number): void;
}

/** More than this of a response does not wait here. */
const mostQueuedBytes = 64 * 1024;
/** The client may send so much before somebody reads it. */
const windowBytes = 256 * 1024;

/** Pieces that come to no more than this are kept as one. */
const smallBytes = 4096;

type Wait = (what: 'closed' | 'again') => void;

export function createStream(id: number, owner: StreamOwner, windows: { receive: number; send: number }): StreamState {
  let inbound: Buffer[] = [];
  let inClosed = false;
  let closed = false;
  let headersSent = false;
  let queue: Buffer[] = [];
  let queued = 0;
  let ending: readonly Field[] | undefined;
  let ended = false;
  const readers = new Set<Wait>();
  const writers = new Set<Wait>();
  const closers = new Set<() => void>();
  const tell = (waiting: Set<Wait>, what: 'closed' | 'again'): void => {
    for (const told of [...waiting]) told(what);
  };

  /** Asks again whenever something has happened. */
  function wait<T>(waiting: Set<Wait>, timeoutMs: number, ask: () => T | undefined): Promise<T | 'closed' | 'timeout'> {
    return new Promise((resolve) => {
      const settle = (what: T | 'closed' | 'timeout'): void => {
        clearTimeout(timer);
        waiting.delete(look);
        resolve(what);
      };
      const look: Wait = (what) => {
        const answer = ask();
        if (answer !== undefined) settle(answer);
        else if (what === 'closed') settle('closed');
        else timer?.refresh();
      };
      const timer = timeoutMs === 0 ? undefined : setTimeout(() => settle('timeout'), Math.min(timeoutMs, 2 ** 31 - 1));
      waiting.add(look);
    });
  }
  function refill(): void {
    if (inClosed || closed) return;
    const missing = windowBytes - state.receiveWindow;
    if (missing >= windowBytes / 2) owner.grant(state, missing);
  }
  const sent = (): 'sent' | undefined => (queued <= mostQueuedBytes ? 'sent' : undefined);
  const allSent = (): 'sent' | undefined => (ended ? 'sent' : undefined);

  const stream: Http2Stream = {
    id,
    get inClosed() {
      return inClosed;
    },
    get hasBody() {
      return inbound.length > 0;
    },
    get closed() {
      return closed;
    },
    get headersSent() {
      return headersSent;
    },
    get gone() {
      return closed && !ended;
    },
    onGone(told) {
      if (closed && !ended) {
        told();
        return () => {};
      }
      closers.add(told);
      return () => void closers.delete(told);
    },
    take() {
      if (inbound.length === 0) return undefined;
      const bytes = inbound.length === 1 ? inbound[0] : Buffer.concat(inbound);
      inbound = [];
      return bytes;
    },
    more(timeoutMs) {
      const ask = (): 'data' | 'end' | undefined => (inbound.length > 0 ? 'data' : inClosed ? 'end' : undefined);
      const now = ask() ?? (closed ? 'closed' : undefined);
      if (now !== undefined) return Promise.resolve(now);
      refill();
      return wait(readers, timeoutMs, ask);
    },
    inform(fields) {
      if (!closed && !headersSent) owner.sendHead(state, fields, false);
    },
    respond(fields, last) {
      if (closed || headersSent) return;
      headersSent = true;
      ended = last;
      owner.sendHead(state, fields, last);
    },
    write(chunk, timeoutMs) {
      if (closed) return Promise.resolve('closed');
      if (chunk.length === 0) return undefined;
      queue.push(chunk);
      queued += chunk.length;
      owner.wake(state);
      return sent() === undefined ? wait(writers, timeoutMs, sent) : undefined;
    },
    end(trailers, timeoutMs) {
      if (closed || ended) return undefined;
      ending = trailers;
      owner.wake(state);
      return wait(writers, timeoutMs, allSent);
    },
    reset(errorCode) {
      if (!closed) owner.reset(state, errorCode);
    },
  };
  const state: StreamState = {
    stream,
    receiveWindow: windows.receive,
    sendWindow: windows.send,
    receive(chunk) {
      const last = inbound.at(-1);
      // A buffer for each frame of one byte would take a hundred times what the window allows.
      if (last === undefined || last.length + chunk.length > smallBytes) inbound.push(chunk);
      else inbound[inbound.length - 1] = Buffer.concat([last, chunk]);
      tell(readers, 'again');
    },
    receiveEnd() {
      inClosed = true;
      tell(readers, 'again');
    },
    next(most) {
      if (closed || ended || !headersSent) return undefined;
      const [first] = queue;
      if (first === undefined) {
        if (ending === undefined) return undefined;
        ended = true;
        return { chunk: Buffer.alloc(0), last: true, trailers: ending };
      }
      const size = Math.min(most, state.sendWindow, first.length);
      if (size <= 0) return undefined;
      const chunk = first.subarray(0, size);
      if (size === first.length) queue.shift();
      else queue[0] = first.subarray(size);
      queued -= size;
      state.sendWindow -= size;
      const last = queue.length === 0 && ending !== undefined;
      if (last) ended = true;
      return { chunk, last, trailers: (last ? ending : undefined) ?? [] };
    },
    progress: () => tell(writers, 'again'),
    close() {
      if (closed) return;
      closed = true;
      queue = [];
      queued = 0;
      tell(readers, 'closed');
      tell(writers, 'closed');
      if (!ended) for (const told of [...closers]) told();
      closers.clear();
    },
  };
  return state;
}
