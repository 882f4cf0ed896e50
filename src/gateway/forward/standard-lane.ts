// The executor that can do everything: Fastify with @fastify/http-proxy, on a transport of our own. The Fastify app sees
// one canonical request (`GET /`) whatever was asked: routing, authorization and headers have been decided before, and
// nothing in between may have an opinion on target, method or body. Each default of the proxy that would alter, repeat
// or leak a request is switched off here or replaced.

import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import httpProxy, { type FastifyHttpProxyOptions } from '@fastify/http-proxy';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { type ErrorCode, MutualError, messageOf } from '../../errors.ts';
import { timeoutCheckMs } from '../accept/http-limits.ts';
import { cutResponse, isComplete, sendUpstreamResponse } from './client-response.ts';
import { type Forward, noteFailure } from './forwarding.ts';
import { createHashKeyReader } from './hash-key.ts';
import { refusalResponse, sendResponse } from './own-response.ts';
import { contentLengthOf, createTransport, forwardKey, type ProxiedBody } from './transport.ts';
import { forwardUpgrade, type Upgrade } from './upgrade.ts';

export interface StandardLane {
  /** Takes connections by `emit('connection')`; never listens. Whoever owns it attaches to its events. */
  readonly server: Server;
  /** Forwards one request; the exchange is filled in, and is over when the response is closed. */
  serve(forward: Forward): void;
  /** Forwards a request to switch protocols; the exchange is over when the socket is closed. */
  upgrade(upgrade: Upgrade): void;
  close(): Promise<void>;
}

export interface StandardLaneDependencies {
  readonly log: { error(facts: object, message: string): void };
}

/** The raw request carries what was decided about it, under a key that no client can set. */
type Carrier = Forward['request'] & { [forwardKey]?: Forward };

export async function createStandardLane({ log }: StandardLaneDependencies): Promise<StandardLane> {
  const aborts = new WeakMap<Forward, () => void>();
  const hashKeyOf = createHashKeyReader();
  const server = createHttpServer();
  const transport = createTransport({ onStart: (forward, abort) => aborts.set(forward, abort), hashKeyOf });
  const fastify = Fastify({
    serverFactory: () => server,
    logger: false,
    // Whoever owns the server answers what is no HTTP; a second answer would follow the first.
    clientErrorHandler: () => {},
    exposeHeadRoutes: false,
    // What has been let in is served; when to stop is not decided here.
    return503OnClosing: false,
  });
  // Bodies are streams of bytes: a parser would limit, decode or refuse them.
  fastify.removeAllContentTypeParsers();
  fastify.setErrorHandler((error, request, reply) => broken(request, reply, error));
  fastify.setNotFoundHandler((request, reply) => broken(request, reply, new Error('the proxy has no such route')));
  await fastify.register(httpProxy, {
    // A name that cannot exist (RFC 6761 section 6.4): the transport asks the upstream of the permit, whatever this says.
    upstream: 'http://upstream.invalid',
    undici: transport as unknown as NonNullable<FastifyHttpProxyOptions['undici']>,
    httpMethods: ['GET'],
    routes: ['/'],
    websocket: false,
    proxyPayloads: false,
    disableCache: true,
    disableRequestLogging: true,
    internalRewriteLocationHeader: false,
    handler: (_request, reply, destination, options) => {
      reply.from(destination, options);
    },
    replyOptions: {
      // Nothing that the proxy has made of the request goes on.
      rewriteRequestHeaders: (request) => ({ [forwardKey]: forwardOf(request.raw) }) as IncomingHttpHeaders,
      rewriteHeaders: () => ({}),
      // Whether a request is sent again is decided by the upstream alone; a 503 is an answer like any other.
      retryDelay: () => null,
      onResponse(request, reply, response) {
        reply.hijack();
        const { stream } = response as unknown as { readonly stream: ProxiedBody };
        sendUpstreamResponse(forwardOf(request.raw), stream.response);
      },
      onError(reply, { error }) {
        reply.hijack();
        refuse(forwardOf(reply.request.raw), error.cause ?? error);
      },
    },
  });
  await fastify.ready();

  function broken(request: FastifyRequest, reply: FastifyReply, error: unknown): void {
    reply.hijack();
    refuse(forwardOf(request.raw), error);
  }

  function refuse(forward: Forward, error: unknown): void {
    const { exchange, request, response } = forward;
    const code: ErrorCode = error instanceof MutualError ? error.code : 'internal';
    if (code === 'internal') log.error({ requestId: exchange.id }, `the standard lane failed: ${messageOf(error)}`);
    noteFailure(exchange, code, messageOf(error));
    aborts.get(forward)?.();
    if (response.headersSent) cutResponse(exchange, response);
    else sendResponse(exchange, request, response, refusalResponse(code, exchange), forward.close === true);
  }

  function serve(forward: Forward): void {
    const { exchange, request, response, maxBodyBytes } = forward;
    exchange.lane = 'standard';
    // Before those who take the exchange for over.
    response.prependOnceListener('close', () => {
      if (!isComplete(response))
        noteFailure(exchange, 'client-closed', 'the client closed the connection before the response was complete');
      aborts.get(forward)?.();
    });
    const length = contentLengthOf(exchange);
    if (maxBodyBytes > 0 && length !== undefined && length > maxBodyBytes) {
      refuse(
        forward,
        new MutualError(
          'body-too-large',
          `the client wants to send ${length} bytes, at most ${maxBodyBytes} are allowed`,
        ),
      );
      return;
    }
    (request as Carrier)[forwardKey] = forward;
    // Both versions of HTTP let these be set; the response has known since before that it answers a HEAD.
    const canonical = request as IncomingMessage;
    canonical.method = 'GET';
    canonical.url = '/';
    fastify.routing(canonical, response as ServerResponse);
  }

  return {
    server,
    serve,
    upgrade(upgrade) {
      upgrade.exchange.lane = 'standard';
      forwardUpgrade(upgrade, hashKeyOf);
    },
    async close() {
      await fastify.close();
      // It never listened, which is no error here; its timers end with this.
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function forwardOf(raw: Carrier): Forward {
  const forward = raw[forwardKey];
  if (forward === undefined) throw new MutualError('internal', 'a request came to the standard lane without a permit');
  return forward;
}

/** The process-wide HTTP/1 server. Its limits are set from outside. */
function createHttpServer(): Server {
  const server = createServer({
    insecureHTTPParser: false,
    // The gateway refuses such a request itself, and says so in its log.
    requireHostHeader: false,
    connectionsCheckingInterval: timeoutCheckMs,
  });
  // Node watches the time limits of connections only from here on.
  server.emit('listening');
  return server;
}
