// Asks an upstream directly, without a client in front of it, and collects everything that it tells.

import { type Duplex, Readable, Writable } from 'node:stream';
import type { UpstreamConfig } from '../../src/config/schema.ts';
import type { UpstreamCredentials } from '../../src/credentials/upstream-credentials.ts';
import type { MutualError } from '../../src/errors.ts';
import type { UpstreamAttempt } from '../../src/gateway/forward/exchange.ts';
import type { LookupAll } from '../../src/gateway/forward/upstream/resolve.ts';
import { createUpstream, type Upstream } from '../../src/gateway/forward/upstream/upstream.ts';
import type { UpstreamRequest } from '../../src/gateway/forward/upstream/upstream-request.ts';
import type { AsyncAfterHook } from './test-gateway.ts';
import { createRecordingLog, type RecordingLog } from './upstream-config.ts';

export interface AskedUpstream extends Upstream {
  readonly log: RecordingLog;
}

export interface UpstreamOptions {
  readonly credentials?: UpstreamCredentials;
  readonly lookupAll?: LookupAll;
  readonly now?: () => number;
}

/** An upstream that is closed after the test. */
export function startUpstream(t: AsyncAfterHook, config: UpstreamConfig, options: UpstreamOptions = {}): AskedUpstream {
  const log = createRecordingLog();
  const upstream = createUpstream(config, {
    credentials: undefined,
    now: () => Date.now(),
    monotonic: () => performance.now(),
    ...options,
    log,
  });
  t.after(() => upstream.close(0));
  return Object.assign(upstream, { log });
}

export interface Answer {
  readonly attempts: UpstreamAttempt[];
  readonly informational: { readonly status: number; readonly rawHeaders: readonly string[] }[];
  status: number;
  statusText: string;
  rawHeaders: readonly string[];
  rawTrailers: readonly string[];
  body: string;
  /** Before or after the head. */
  failure: MutualError | undefined;
  socket: Duplex | undefined;
  forwarded: number;
}

export interface AskOptions {
  readonly request?: Partial<UpstreamRequest>;
  /** The request body; with `contentLength` unset it is sent chunked. */
  readonly body?: Readable | string;
  /** Where the response body goes; default: into `Answer.body`. */
  readonly sink?: Writable;
  readonly sinkIdleMs?: number;
  /** Called when the head has come. */
  readonly onHead?: (answer: Answer) => void;
}

export interface Asking {
  readonly answer: Answer;
  /** Resolves when there is nothing more to come. */
  readonly done: Promise<Answer>;
  abort(): void;
}

export function ask(upstream: Upstream, options: AskOptions = {}): Promise<Answer> {
  return startAsking(upstream, options).done;
}

export function startAsking(upstream: Upstream, options: AskOptions = {}): Asking {
  const answer: Answer = {
    attempts: [],
    informational: [],
    status: 0,
    statusText: '',
    rawHeaders: [],
    rawTrailers: [],
    body: '',
    failure: undefined,
    socket: undefined,
    forwarded: 0,
  };
  const { sink = collector(answer), sinkIdleMs = 0, onHead } = options;
  let abort = (): void => {};
  const done = new Promise<Answer>((resolve) => {
    const over = (failure?: MutualError): void => {
      answer.failure = failure;
      resolve(answer);
    };
    abort = upstream.request(requestOf(options), {
      onAttempt: (record) => answer.attempts.push(record),
      onForward: () => {
        answer.forwarded += 1;
      },
      onInformational: (status, rawHeaders) => answer.informational.push({ status, rawHeaders }),
      onResponse(response) {
        const { status, statusText, rawHeaders } = response;
        Object.assign(answer, { status, statusText, rawHeaders });
        onHead?.(answer);
        response.pipe(sink, { sinkIdleMs, onBytes: () => {} }, ({ failure, rawTrailers }) => {
          answer.rawTrailers = rawTrailers;
          over(failure);
        });
      },
      onUpgrade(head, socket) {
        Object.assign(answer, head, { socket });
        over();
      },
      onFailure: over,
    });
  });
  return { answer, done, abort: () => abort() };
}

function requestOf({ request, body }: AskOptions): UpstreamRequest {
  const stream = typeof body === 'string' ? Readable.from([Buffer.from(body)], { objectMode: false }) : body;
  return {
    method: 'GET',
    path: '/',
    headers: ['Host', 'b.test'],
    body: stream && { stream, maxBytes: 0, idleTimeoutMs: 0, onBytes: () => {} },
    contentLength: undefined,
    repeatable: body === undefined,
    ...request,
  };
}

function collector(answer: Answer): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      answer.body += chunk.toString('latin1');
      done();
    },
  });
}
