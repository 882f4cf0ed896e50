// One attempt to get one request answered by one server: connection, request, head of the response, its body. Tells
// how far it got when it fails, so that somebody else can decide whether to try again.

import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex, Writable } from 'node:stream';
import { MutualError, messageOf } from '../../../errors.ts';
import type { UpstreamAttempt } from '../exchange.ts';
import { type BodyFault, pumpBody } from './body.ts';
import { downloadStall, uploadError } from './body-fault.ts';
import { exchangeFailure } from './failure.ts';
import type { Link } from './link.ts';
import { keepAliveHintMs, responseFault, switchFault } from './response-head.ts';
import { sendRequest } from './send-request.ts';
import type {
  RequestBody,
  ResponseEnd,
  ResponsePipeOptions,
  UpstreamHead,
  UpstreamRequest,
  UpstreamResponse,
} from './upstream-request.ts';
import type { UpstreamServer } from './upstream-server.ts';

export interface AttemptFailure {
  readonly error: MutualError;
  /** `server`: it counts against the server, and another may do better. `client`: nobody would. */
  readonly fault: 'server' | 'client';
  /** Whether a byte of the request may have reached the server. */
  readonly sent: boolean;
  /** A connection kept from an earlier request broke before a byte came back: the server had likely closed it. */
  readonly stale: boolean;
}

/** @typeParam Response what the executor of the request makes of a response whose head has come */
export interface AttemptEvents<Response = UpstreamResponse> {
  /** There is a connection, and the request is about to be sent. */
  onForward(): void;
  onInformational(status: number, rawHeaders: readonly string[]): void;
  onResponse(response: Response): void;
  /** The server has switched protocols; the socket carries whatever comes next. Bytes read too far are put back. */
  onUpgrade(head: UpstreamHead, socket: Duplex): void;
  /** No head has come, and none will. */
  onFailure(failure: AttemptFailure): void;
  /** The attempt is over, whichever way, and its record complete. Comes before `onFailure`. */
  onOver(): void;
}

export interface AttemptOptions {
  readonly server: UpstreamServer;
  /** Forbids connections kept from earlier requests. */
  readonly fresh: boolean;
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
  readonly bodyIdleTimeoutMs: number;
  /** Filled in as the attempt goes. */
  readonly record: UpstreamAttempt;
  readonly now: () => number;
  readonly monotonic: () => number;
}

const nothing = Buffer.alloc(0);

export interface Attempt {
  /** Once. Events may come before it returns. */
  start(): void;
  /** Nothing more is told; a connection in use, and a tunnel, is closed. */
  abort(): void;
}

export function createAttempt(request: UpstreamRequest, options: AttemptOptions, events: AttemptEvents): Attempt {
  const { server, fresh, record, connectTimeoutMs, responseTimeoutMs, bodyIdleTimeoutMs, now, monotonic } = options;
  const startedMs = monotonic();
  let link: Link | undefined;
  let sending: ClientRequest | undefined;
  let response: IncomingMessage | undefined;
  let tunnel: Duplex | undefined;
  let cancelConnect: (() => void) | undefined;
  let stopUpload: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let heard = false;
  let over = false;

  function start(): void {
    server.state.inFlight += 1;
    cancelConnect = server.acquire({ fresh, timeoutMs: connectTimeoutMs }, (failure, opened) => {
      if (failure !== undefined) return fail(failure, 'server', false);
      if (opened === undefined) return;
      link = opened;
      link.requests += 1;
      record.connectMs = link.requests > 1 ? 0 : link.connectMs;
      send(link);
    });
  }

  function send(on: Link): void {
    events.onForward();
    if (over) {
      server.release(on);
      return;
    }
    try {
      const wire = { ...request, hasBody: request.body !== undefined };
      sending = sendRequest(on, wire, { onSent, onInformational, onResponse, onUpgrade, onError, onFree });
    } catch (error) {
      server.release(on);
      fail(
        new MutualError('internal', `the request cannot be sent: ${messageOf(error)}`, { cause: error }),
        'client',
        false,
      );
      return;
    }
    // Before Node's parser hears of it: a response without a length would pass for complete.
    on.onError = (error) => {
      if (response?.complete === false) response.destroy(error);
    };
    if (request.body === undefined) sending.end();
    else upload(sending, request.body);

    function onFree(): void {
      server.release(on);
    }
  }

  function upload(sink: ClientRequest, body: RequestBody): void {
    const { stream, maxBytes, idleTimeoutMs } = body;
    let flowing = false;
    const onBytes = (bytes: number): void => {
      flowing = true;
      body.onBytes(bytes);
    };
    // The head does not wait for the body (the server may have an answer to it, or the client wait for one), except for
    // what has come along with it: that shares its packet.
    setImmediate(() => {
      if (!flowing && !over && !sink.writableEnded) sink.write(nothing);
    });
    const pumpOptions = {
      maxBytes,
      expectedBytes: request.contentLength,
      sourceIdleMs: idleTimeoutMs,
      sinkIdleMs: bodyIdleTimeoutMs,
      onBytes,
    };
    stopUpload = pumpBody(stream, sink, pumpOptions, ({ fault }) => {
      stopUpload = undefined;
      if (fault === undefined) {
        sink.end();
        return;
      }
      uploadFailed(uploadError(fault, server.config), fault);
    });
  }

  function uploadFailed(error: MutualError, fault: BodyFault): void {
    if (response === undefined) fail(error, fault === 'sink-stalled' ? 'server' : 'client', true);
    // Its connection goes, and with it the response: the server waits for a body that will not come.
    else response.destroy(error);
  }

  function onSent(): void {
    if (over || heard || responseTimeoutMs === 0) return;
    timer = setTimeout(() => {
      const text = `${server.config.url} did not answer within ${responseTimeoutMs} ms`;
      fail(new MutualError('upstream-timeout', text), 'server', true);
    }, responseTimeoutMs);
  }

  function onInformational(status: number, rawHeaders: readonly string[]): void {
    timer?.refresh();
    if (!over && status !== 100) events.onInformational(status, rawHeaders);
  }

  function onResponse(message: IncomingMessage): void {
    if (over) {
      message.destroy();
      return;
    }
    const fault = responseFault(message);
    if (fault !== undefined) {
      fail(invalid(fault), 'server', true);
      return;
    }
    response = message;
    const head = begin(message);
    const hint = keepAliveHintMs(message.headers['keep-alive']);
    if (link !== undefined && hint !== undefined) link.idleTimeoutMs = Math.min(link.idleTimeoutMs, hint);
    events.onResponse({ ...head, pipe: (...to) => pipe(message, ...to), discard: () => discard(message) });
  }

  function begin(message: IncomingMessage): UpstreamHead {
    heard = true;
    clearTimeout(timer);
    record.status = message.statusCode ?? 0;
    record.headerMs = monotonic() - startedMs;
    return { status: record.status, statusText: message.statusMessage ?? '', rawHeaders: message.rawHeaders };
  }

  function pipe(
    message: IncomingMessage,
    sink: Writable,
    { sinkIdleMs, onBytes }: ResponsePipeOptions,
    done: (end: ResponseEnd) => void,
  ): void {
    const count = (bytes: number): void => {
      record.responseBytes += bytes;
      onBytes(bytes);
    };
    pumpBody(message, sink, { sourceIdleMs: bodyIdleTimeoutMs, sinkIdleMs, onBytes: count }, ({ fault, error }) => {
      if (over) return;
      const failure = fault && responseFailure(fault, error);
      if (failure !== undefined) noteFailure(failure);
      leave();
      done({ failure, rawTrailers: message.rawTrailers });
    });
  }

  function discard(message: IncomingMessage): void {
    message.on('error', () => {});
    message.once('close', () => {
      if (!over) leave();
    });
    message.resume();
  }

  function responseFailure(fault: BodyFault, error: unknown): MutualError {
    return downloadStall(fault, server.config, bodyIdleTimeoutMs) ?? failureOf(error ?? new Error('closed'), true);
  }

  function onUpgrade(message: IncomingMessage, socket: Duplex, head: Buffer): void {
    const fault = switchFault(message, request.upgrade);
    if (over || fault !== undefined) {
      socket.destroy();
      if (fault !== undefined) fail(invalid(fault), 'server', true);
      return;
    }
    const switched = begin(message);
    if (head.length > 0) socket.unshift(head);
    tunnel = socket;
    socket.once('close', () => {
      if (!over) leave();
    });
    events.onUpgrade(switched, socket);
  }

  function onError(error: Error): void {
    // With a response under way, its stream tells.
    if (over || heard) return;
    const failure = failureOf(error, false);
    const broken = failure.code === 'upstream-unreachable' || failure.code === 'upstream-tls-failed';
    fail(failure, 'server', true, broken && (link?.requests ?? 0) > 1);
  }

  function failureOf(error: unknown, begun: boolean): MutualError {
    if (link === undefined) return new MutualError('internal', messageOf(error), { cause: error });
    return exchangeFailure(error, { server: server.config, tls: server.tls, link, begun, nowMs: now() });
  }

  function invalid(what: string): MutualError {
    return new MutualError('upstream-invalid', `${server.config.url} ${what}`);
  }

  function fail(error: MutualError, fault: AttemptFailure['fault'], sent: boolean, stale = false): void {
    if (over) return;
    noteFailure(error);
    leave();
    events.onFailure({ error, fault, sent, stale });
  }

  function noteFailure(error: MutualError): void {
    record.error = error.message;
    record.errorCode = error.code;
  }

  /** The attempt is over, whichever way. What is still under way on its connection is cut. */
  function leave(): void {
    over = true;
    record.responseMs = monotonic() - startedMs;
    clearTimeout(timer);
    stopUpload?.();
    server.state.inFlight -= 1;
    if (response?.complete !== true || sending?.writableFinished !== true) {
      cancelConnect?.();
      sending?.destroy();
      tunnel?.destroy();
    }
    events.onOver();
  }

  return {
    start,
    abort: () => {
      if (!over) leave();
    },
  };
}
