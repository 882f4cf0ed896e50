// An HTTP/1 connection from its first byte to its last: request after request, each answered before the next is read
// (ngx_http_request.c).

import { messageOf } from '../../../errors.ts';
import { logError } from '../log/log-error.ts';
import { reportRequest } from '../log/report-request.ts';
import { runRequest } from '../phases.ts';
import type { Request } from '../request.ts';
import { ClientGone } from '../response/response-sink.ts';
import { checkRequest, logRefusal, type Refusal } from './check-request.ts';
import type { ClientConnection } from './client-connection.ts';
import { closeConnection } from './close-connection.ts';
import { createRequestBody } from './create-request-body.ts';
import { createHttp1Body } from './http1-body.ts';
import { createHttp1Sink } from './http1-sink.ts';
import type { Inbound } from './inbound.ts';
import { newRequest } from './new-request.ts';
import { type MutableVersion, readHead } from './read-head.ts';
import { BodyFault, type BodySource } from './request-body.ts';

/** Connections that wait for a request: they are closed when the process is to end. */
export interface IdleConnections {
  add(close: () => void): () => void;
}

export async function serveHttp1(
  connection: ClientConnection<Request>,
  inbound: Inbound,
  idle: IdleConnections,
): Promise<void> {
  const { engine, stream } = connection;
  let last: Request | undefined;
  try {
    while (await waitForRequest(connection, inbound, idle, last)) {
      engine.stats.reading += 1;
      last = await serveOne(connection, inbound);
      if (!last.keepalive || inbound.gone) break;
    }
  } catch (error) {
    engine.errorLog.write('alert', `a connection failed: ${messageOf(error)}`, connection.id);
    stream.destroy();
    return;
  }
  await closeConnection(stream, inbound, last);
}

/** False where there will be none. */
async function waitForRequest(
  { engine, stream, place, tls }: ClientConnection<Request>,
  inbound: Inbound,
  idle: IdleConnections,
  last: Request | undefined,
): Promise<boolean> {
  if (inbound.buffer.length > 0) return true;
  if (inbound.ended || engine.ending()) return false;
  const server = tls?.server ?? place.names.defaultServer;
  const timeoutMs = last === undefined ? server.headerTimeoutMs : last.location.keepaliveTimeoutMs;
  engine.stats.waiting += 1;
  const release = idle.add(() => stream.destroy());
  const what = await inbound.more(timeoutMs);
  release();
  engine.stats.waiting -= 1;
  return what === 'data';
}

async function serveOne(connection: ClientConnection<Request>, inbound: Inbound): Promise<Request> {
  const { engine, stream } = connection;
  connection.requests += 1;
  let source: BodySource | undefined;
  const lazy: BodySource = {
    get done() {
      return source?.done ?? true;
    },
    available: () => source?.available(),
    next: async (timeoutMs) => source?.next(timeoutMs),
  };
  const startedMonotonicMs = engine.monotonic();
  const request: Request & MutableVersion = newRequest(connection, {
    sink: createHttp1Sink(stream, inbound),
    wire: { stream, inbound },
    body: createRequestBody(lazy),
    version: 1000,
    protocol: 'HTTP/1.0',
    // What came with the head of the request before, and not after it.
    pipelined: inbound.received - inbound.buffer.length < connection.headMark,
    startedAtMs: engine.now(),
    startedMonotonicMs,
  });
  const deadline = startedMonotonicMs + request.server.headerTimeoutMs;
  const head = await readHead(request, inbound, deadline);
  connection.headMark = inbound.received;
  const room = Math.max(0, request.server.headerBufferBytes - request.headerBytes);
  request.prereadBytes = Math.min(room, inbound.buffer.length);
  engine.stats.reading -= 1;
  engine.stats.requests += 1;
  engine.traffic?.begun();
  engine.stats.writing += 1;
  try {
    if (head === 'closed') return silent(request, 400, 'client prematurely closed connection');
    if (head === 'timeout') return silent(request, 408, 'client timed out');
    const refused = head === 'whole' ? checkRequest(request) : head;
    if (refused === undefined) {
      source = createHttp1Body(inbound, request.chunked ? -1 : Math.max(0, request.contentLength));
      request.keepalive =
        request.connectionWish === undefined ? request.version > 1000 : request.connectionWish === 'keep-alive';
      request.lingering = request.contentLength > 0 || request.chunked;
      if (engine.ending()) request.keepalive = false;
    }
    await answer(request, refused, head === 'whole');
    await leaveBody(request);
  } finally {
    engine.stats.writing -= 1;
    endRequest(request);
  }
  return request;
}

async function answer(request: Request, refused: Refusal | undefined, whole: boolean): Promise<void> {
  try {
    if (refused === undefined) await runRequest(request);
    else {
      logRefusal(request, refused, whole ? undefined : '');
      await refuse(request, refused.status);
    }
  } catch (error) {
    await failed(request, error);
  }
}

/** A refusal may have a page of the configuration, so that the phases run after all. */
async function refuse(request: Request, status: number): Promise<void> {
  request.keepalive = false;
  // Nobody knows where its body ends, so that it has none.
  request.contentLength = -1;
  request.chunked = false;
  await runRequest(request, status);
}

async function failed(request: Request, error: unknown): Promise<void> {
  request.keepalive = false;
  if (error instanceof ClientGone) {
    if (error.timedOut) logError(request, 'info', 'client timed out');
    if (!request.headerSent || request.out.status === 0) request.out.status = error.timedOut ? 408 : 499;
    request.sink.abort();
    return;
  }
  if (error instanceof BodyFault && !request.headerSent) {
    logError(request, 'info', error.message);
    await runRequest(request, error.status).catch(() => request.sink.abort());
    return;
  }
  if (!(error instanceof BodyFault)) logError(request, 'alert', `a request failed: ${messageOf(error)}`);
  request.sink.abort();
}

function silent(request: Request, status: number, text: string): Request {
  logError(request, 'info', `${text} while reading client request ${request.method === '' ? 'line' : 'headers'}`);
  request.out.status = status;
  request.keepalive = false;
  request.lingering = false;
  request.sink.abort();
  return request;
}

/** What is left of the body is read away, so that the next request can be found behind it. */
async function leaveBody(request: Request): Promise<void> {
  if (!request.keepalive || request.body.done) return;
  const { engine } = request.connection;
  const until = engine.monotonic() + request.location.lingeringTimeMs;
  try {
    while (engine.monotonic() < until) {
      if (!(await request.body.skip(request.location.lingeringTimeoutMs))) return;
    }
  } catch {
    // What cannot be read is no body; nothing behind it can be a request.
  }
  request.keepalive = false;
}

/** The request is over: it is counted and logged, and what it held is given back. */
export function endRequest(request: Request): void {
  reportRequest(request);
  for (const log of request.location.accessLogs) log.write(request);
  for (const cleanup of request.cleanups) cleanup();
  request.cleanups.length = 0;
}
