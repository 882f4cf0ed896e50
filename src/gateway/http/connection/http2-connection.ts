// An HTTP/2 connection: Node's session reads the frames, each stream is a request of its own (ngx_http_v2.c).

import http2, { type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { messageOf } from '../../../errors.ts';
import { logError } from '../log/log-error.ts';
import type { HeaderField } from '../parse/header-line.ts';
import { parseHeaderLine } from '../parse/header-line.ts';
import { runRequest } from '../phases.ts';
import type { Request } from '../request.ts';
import { ClientGone } from '../response/response-sink.ts';
import { checkRequest, chooseServer, logRefusal, type Refusal, takeHeader } from './check-request.ts';
import type { ClientConnection } from './client-connection.ts';
import { createRequestBody } from './create-request-body.ts';
import { endRequest, type IdleConnections } from './http1-connection.ts';
import { createHttp2Sink } from './http2-sink.ts';
import { newRequest } from './new-request.ts';
import { type MutableVersion, takeTarget } from './read-head.ts';
import { BodyFault, type BodySource } from './request-body.ts';
import { validateHost } from './validate-host.ts';

export function serveHttp2(connection: ClientConnection<Request>, idle: IdleConnections): void {
  const { stream, engine, place, tls } = connection;
  const server = tls?.server ?? place.names.defaultServer;
  // Node's types know no session that is made from a socket of ours.
  const make = http2.performServerHandshake as unknown as (
    socket: ClientConnection<Request>['stream'],
    options: http2.ServerOptions,
  ) => ServerHttp2Session;
  const session = make(stream, {
    settings: { maxConcurrentStreams: 128, initialWindowSize: 65_536 },
    maxHeaderListPairs: 2000,
    strictFieldWhitespaceValidation: false,
  } as http2.ServerOptions);
  let streams = 0;
  const release = idle.add(() => session.close());
  const { keepaliveTimeoutMs } = server.outside;
  session.setTimeout(Math.max(1, keepaliveTimeoutMs), () => {
    if (streams === 0) session.close();
  });
  session.on('error', (error) =>
    engine.errorLog.write('info', `http2 connection failed: ${messageOf(error)}`, connection.id),
  );
  session.on('close', () => {
    release();
    stream.destroy();
  });
  session.on('stream', (one, _headers, _flags, rawHeaders) => {
    streams += 1;
    one.once('close', () => {
      streams -= 1;
    });
    one.on('error', ignore);
    void serveStream(connection, session, one, rawHeaders as unknown as string[]);
  });
}

async function serveStream(
  connection: ClientConnection<Request>,
  session: ServerHttp2Session,
  stream: ServerHttp2Stream,
  raw: readonly string[],
): Promise<void> {
  const { engine } = connection;
  connection.requests += 1;
  engine.stats.requests += 1;
  engine.stats.writing += 1;
  const request: Request & MutableVersion = newRequest(connection, {
    sink: createHttp2Sink(stream),
    body: createRequestBody(streamBody(stream)),
    wire: undefined,
    version: 2000,
    protocol: 'HTTP/2.0',
    pipelined: false,
    startedAtMs: engine.now(),
    startedMonotonicMs: engine.monotonic(),
  });
  request.keepalive = true;
  try {
    const refused = takeHead(request, raw) ?? checkRequest(request);
    request.chunked = request.contentLength === -1 && !stream.readableEnded && hasBody(stream);
    if (refused !== undefined) {
      logRefusal(request, refused);
      await runRequest(request, refused.status);
    } else await runRequest(request);
  } catch (error) {
    await failed(request, error);
  } finally {
    engine.stats.writing -= 1;
    endRequest(request);
    if (connection.requests >= request.location.keepaliveRequests) session.close();
  }
}

function hasBody(stream: ServerHttp2Stream): boolean {
  return (stream as ServerHttp2Stream & { readonly endAfterHeaders: boolean }).endAfterHeaders === false;
}

async function failed(request: Request, error: unknown): Promise<void> {
  if (error instanceof BodyFault && !request.headerSent) {
    await runRequest(request, error.status).catch(() => request.sink.abort());
    return;
  }
  if (!(error instanceof ClientGone) && !(error instanceof BodyFault)) {
    logError(request, 'alert', `a request failed: ${messageOf(error)}`);
  }
  if (!request.headerSent) request.out.status = 499;
  request.sink.abort();
}

function takeHead(request: Request & MutableVersion, raw: readonly string[]): Refusal | undefined {
  let authority: string | undefined;
  let path = '';
  let cookie: string | undefined;
  const fields: HeaderField[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = Buffer.from(raw[i + 1] as string, 'latin1').toString('latin1');
    if (name === ':method') request.method = value;
    else if (name === ':path') path = value;
    else if (name === ':authority') authority = value;
    else if (name.startsWith(':')) continue;
    else if (name === 'cookie') cookie = cookie === undefined ? value : `${cookie}; ${value}`;
    else fields.push({ name, lowerName: name.toLowerCase(), value });
    request.headerBytes += name.length + value.length + 2;
  }
  if (cookie !== undefined) fields.push({ name: 'cookie', lowerName: 'cookie', value: cookie });
  request.unparsedUri = path;
  request.requestLine = `${request.method} ${path} HTTP/2.0`;
  if (!/^[A-Z_-]+$/.test(request.method)) return { status: 400, level: 'info', text: 'client sent invalid method' };
  if (authority !== undefined) {
    const host = validateHost(authority);
    if (host === undefined) return { status: 400, level: 'info', text: 'client sent invalid host' };
    request.host = host;
    const refused = chooseServer(request);
    if (refused !== undefined) return refused;
  }
  if (!path.startsWith('/') || !takeTarget(request, path)) {
    return { status: 400, level: 'info', text: `client sent invalid :path header: "${path}"` };
  }
  for (const field of fields) {
    const refused = takeField(request, field);
    if (refused !== undefined) return refused;
  }
  if (authority !== undefined && !request.headers.some(({ lowerName }) => lowerName === 'host')) {
    request.headers.unshift({ name: 'host', lowerName: 'host', value: authority });
  }
  return undefined;
}

function takeField(request: Request, field: HeaderField): Refusal | undefined {
  const { server } = request;
  const parsed = parseHeaderLine(`${field.name}: ${field.value}`, server.underscoresInHeaders);
  if (parsed === 'malformed' || (parsed.invalid && server.ignoreInvalidHeaders)) {
    logError(request, 'info', `client sent invalid header: "${field.name}"`);
    return undefined;
  }
  if (request.headers.length >= server.maxHeaders) {
    return { status: 400, level: 'info', text: 'client sent too many header lines' };
  }
  return takeHeader(request, field);
}

function streamBody(stream: ServerHttp2Stream): BodySource {
  let ended = false;
  stream.once('end', () => {
    ended = true;
  });
  return {
    get done() {
      return ended || stream.readableEnded;
    },
    available: () => stream.read() ?? undefined,
    async next(timeoutMs) {
      for (;;) {
        const piece: Buffer | null = stream.read();
        if (piece !== null) return piece;
        if (ended || stream.readableEnded) return undefined;
        if (stream.destroyed) throw new BodyFault(499, 'client closed the stream');
        await readable(stream, timeoutMs);
      }
    },
  };
}

function readable(stream: ServerHttp2Stream, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(new BodyFault(408, 'client timed out')), Math.min(timeoutMs, 2 ** 31 - 1));
    const events = ['readable', 'end', 'close', 'aborted'] as const;
    const onEvent = (): void => settle();
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      for (const event of events) stream.off(event, onEvent);
      if (error === undefined) resolve();
      else reject(error);
    };
    for (const event of events) stream.on(event, onEvent);
  });
}

function ignore(): void {}
