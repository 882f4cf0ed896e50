// An HTTP/2 connection: each stream is a request of its own (ngx_http_v2.c).

import { messageOf } from '../../../errors.ts';
import { code } from '../http2/frames.ts';
import type { Field } from '../http2/header-table.ts';
import { createHttp2Session } from '../http2/session.ts';
import type { Http2Stream } from '../http2/stream.ts';
import { logError } from '../log/log-error.ts';
import type { HeaderField } from '../parse/header-line.ts';
import { parseHeaderLine } from '../parse/header-line.ts';
import { runRequest } from '../phases.ts';
import type { Request } from '../request.ts';
import { ClientGone } from '../response/response-sink.ts';
import { checkRequest, logRefusal, type Refusal, takeHeader } from './check-request.ts';
import type { ClientConnection } from './client-connection.ts';
import { createRequestBody } from './create-request-body.ts';
import { endRequest, type IdleConnections } from './http1-connection.ts';
import { createHttp2Sink } from './http2-sink.ts';
import { newRequest } from './new-request.ts';
import { type MutableVersion, takeTarget } from './read-head.ts';
import { BodyFault, type BodySource } from './request-body.ts';

export function serveHttp2(connection: ClientConnection<Request>, idle: IdleConnections): void {
  const { stream, engine, place, tls } = connection;
  const server = tls?.server ?? place.names.defaultServer;
  const { largeBuffers, http2 } = server;
  const session = createHttp2Session(stream, {
    concurrentStreams: http2.concurrentStreams,
    prereadBytes: http2.prereadBytes,
    fieldBytes: largeBuffers.size,
    headBytes: largeBuffers.number * largeBuffers.size,
    headerTimeoutMs: server.headerTimeoutMs,
    idleTimeoutMs: server.outside.keepaliveTimeoutMs,
    async onRequest(one, fields) {
      if (connection.requests + 1 >= server.outside.keepaliveRequests) session.shutdown();
      await serveStream(connection, one, fields);
    },
    onFault: (text) => engine.errorLog.write('info', `${text} while processing HTTP/2 connection`, connection.id),
  });
  const release = idle.add(() => session.shutdown());
  stream.once('close', release);
}

async function serveStream(
  connection: ClientConnection<Request>,
  stream: Http2Stream,
  fields: readonly Field[],
): Promise<void> {
  const { engine } = connection;
  const fault = fields.map(faultOf).find((one) => one !== undefined);
  if (fault !== undefined) {
    engine.errorLog.write('info', `${fault} while reading client request headers`, connection.id);
    stream.reset(code.protocol);
    return;
  }
  connection.requests += 1;
  engine.stats.requests += 1;
  engine.traffic?.begun();
  engine.stats.writing += 1;
  const request: Request & MutableVersion = newRequest(connection, {
    sink: createHttp2Sink(stream),
    body: createRequestBody(streamBody(stream, () => request)),
    wire: undefined,
    version: 2000,
    protocol: 'HTTP/2.0',
    pipelined: false,
    startedAtMs: engine.now(),
    startedMonotonicMs: engine.monotonic(),
  });
  request.keepalive = true;
  try {
    const refused = takeHead(request, fields) ?? checkRequest(request) ?? checkBody(request, stream);
    request.chunked = request.contentLength === -1 && !stream.inClosed;
    if (refused !== undefined) {
      logRefusal(request, refused);
      await runRequest(request, refused.status);
    } else await runRequest(request);
  } catch (error) {
    await failed(request, error);
  } finally {
    engine.stats.writing -= 1;
    endRequest(request);
  }
}

/** A body was announced, and none will come. */
function checkBody(request: Request, stream: Http2Stream): Refusal | undefined {
  if (request.contentLength <= 0 || !stream.inClosed || stream.hasBody) return undefined;
  return bad('client prematurely closed stream');
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

const bad = (text: string): Refusal => ({ status: 400, level: 'info', text });

function takeHead(request: Request & MutableVersion, fields: readonly Field[]): Refusal | undefined {
  const pseudo = new Map<string, string>();
  let cookie: string | undefined;
  for (const { name, value } of fields) {
    request.headerBytes += name.length + value.length + 2;
    if (name.startsWith(':')) {
      const wrong = takePseudo(request, pseudo, name, value);
      if (wrong !== undefined) return refused(request, pseudo, wrong);
    } else if (name === 'cookie') cookie = cookie === undefined ? value : `${cookie}; ${value}`;
    else {
      const wrong = takeField(request, { name, lowerName: name, value });
      if (wrong !== undefined) return refused(request, pseudo, wrong);
    }
  }
  if (cookie !== undefined) request.headers.push({ name: 'cookie', lowerName: 'cookie', value: cookie });
  describe(request, pseudo);
  const missing = [':method', ':scheme', ':path'].find((name) => !pseudo.has(name));
  return missing === undefined ? undefined : bad(`client sent no ${missing} header`);
}

/** What is known of it is in the log. */
function refused(request: Request, pseudo: ReadonlyMap<string, string>, refusal: Refusal): Refusal {
  describe(request, pseudo);
  return refusal;
}

function describe(request: Request, pseudo: ReadonlyMap<string, string>): void {
  if (!pseudo.has(':method') || !pseudo.has(':path')) return;
  request.requestLine = `${request.method} ${request.unparsedUri} HTTP/2.0`;
}

/** Fields that nothing is made of: they end the stream (ngx_http_v2_validate_header). */
function faultOf({ name, value }: Field): string | undefined {
  if (/[\x00-\x20\x7f:A-Z]/.test(name.startsWith(':') ? name.slice(1) : name)) {
    return `client sent invalid header name: "${name}"`;
  }
  return /[\x00\r\n]/.test(value) ? `client sent header "${name}" with invalid value: "${value}"` : undefined;
}

function takePseudo(
  request: Request & MutableVersion,
  pseudo: Map<string, string>,
  name: string,
  value: string,
): Refusal | undefined {
  if (pseudo.has(name)) return bad(`client sent duplicate ${name} header`);
  switch (name) {
    case ':method':
      if (!/^[A-Z_-]+$/.test(value)) return bad(`client sent invalid method: "${value}"`);
      request.method = value;
      break;
    case ':path':
      if (value === '') return bad('client sent empty :path header');
      request.unparsedUri = value;
      if (!value.startsWith('/') || !takeTarget(request, value)) {
        return bad(`client sent invalid :path header: "${value}"`);
      }
      break;
    case ':scheme':
      if (!/^[a-z][a-z0-9+.-]*$/i.test(value)) return bad(`client sent invalid :scheme header: "${value}"`);
      break;
    case ':authority': {
      const wrong = takeHeader(request, { name: 'host', lowerName: 'host', value });
      if (wrong !== undefined) return wrong;
      break;
    }
    default:
      return bad(`client sent unknown pseudo-header "${name}"`);
  }
  pseudo.set(name, value);
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
    return { status: 494, level: 'info', text: 'client sent too many header lines' };
  }
  return takeHeader(request, field);
}

/** The body, held to the length that was announced (ngx_http_v2_filter_request_body). */
function streamBody(stream: Http2Stream, request: () => Request): BodySource {
  let received = 0;
  function taken(): Buffer | undefined {
    const piece = stream.take();
    const { contentLength } = request();
    received += piece?.length ?? 0;
    if (contentLength !== -1 && received > contentLength) {
      throw new BodyFault(400, 'client intended to send body data larger than declared');
    }
    if (contentLength !== -1 && stream.inClosed && received < contentLength) {
      throw new BodyFault(
        400,
        `client prematurely closed stream: only ${received} out of ${contentLength} bytes of request body received`,
      );
    }
    return piece;
  }
  return {
    get done() {
      return stream.inClosed && !stream.hasBody;
    },
    available: taken,
    async next(timeoutMs) {
      for (;;) {
        const piece = taken();
        if (piece !== undefined) return piece;
        if (stream.inClosed) return undefined;
        const what = await stream.more(timeoutMs);
        if (what === 'timeout') throw new BodyFault(408, 'client timed out');
        if (what === 'closed') throw new ClientGone();
      }
    },
  };
}
