// What the admin listener answers, as a Fastify application on an HTTP server that never listens itself: connections are
// handed to it. Every request passes the guard and the rules before any handler sees it.

import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { messageOf } from '../errors.ts';
import { createEventStreams } from './event-streams.ts';
import { type GuardRules, guardRefusal } from './guard.ts';
import { metricsContentType, printMetrics } from './metrics/exposition.ts';
import { contentSecurityPolicy, type PageFile } from './page-files.ts';
import type { AdminError, ReadinessAnswer, ReloadAnswer } from './snapshot.ts';
import { readinessOf, snapshotOf } from './snapshot-of.ts';
import type { AdminSource } from './source.ts';

/** A JSON document that others have served here: its text is asked for at every request. */
export type AdminDocuments = ReadonlyMap<string, () => unknown>;

export interface AdminAppDependencies {
  readonly source: AdminSource;
  readonly version: string;
  readonly pageFiles: ReadonlyMap<string, PageFile>;
  readonly documents: AdminDocuments;
  /** What is known of the connection of a request; undefined: it is not one of ours. */
  readonly peerOf: (stream: Duplex) => AdminPeer | undefined;
  readonly clientMetrics: () => boolean;
  readonly log: Logger;
  readonly now: () => number;
}

export interface AdminPeer {
  readonly rules: GuardRules;
  /** Why this client may not pass now, for the log; undefined: it may. */
  refusal(): string | undefined;
}

export interface AdminApp {
  readonly server: Server;
  /** What is open was admitted under rules that are gone: idle connections and streams end, the others with their answer. */
  endConnections(): void;
  close(): Promise<void>;
}

/** No answer of this listener is for other sites, frames, caches or guesses about its type. */
const commonHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

const mostBodyBytes = 1024;

export async function createAdminApp(dependencies: AdminAppDependencies): Promise<AdminApp> {
  const { source, version, pageFiles, documents, peerOf, clientMetrics, log, now } = dependencies;
  const server = createAdminServer();
  const streams = createEventStreams({ source, version, now });
  const fastify = Fastify({
    serverFactory: (handler) => server.on('request', handler),
    logger: false,
    bodyLimit: mostBodyBytes,
    clientErrorHandler: (_error, socket) => socket.destroy(),
    return503OnClosing: false,
  });
  // No request has a body that means anything: that of a reload may be empty.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, _body, done) => done(null));
  fastify.addHook('onRequest', async (request, reply) => {
    reply.headers(commonHeaders);
    const peer = peerOf(request.raw.socket);
    const guarded = peer === undefined ? undefined : guardRefusal(guardedOf(request), peer.rules);
    if (guarded !== undefined) return refuse(reply, guarded.status, guarded.message);
    const reason = peer === undefined ? 'the connection is not known' : peer.refusal();
    if (reason === undefined) return undefined;
    log.warn({ code: 'not-allowed', reason, method: request.method }, `admin: client refused: ${reason}`);
    return refuse(reply.header('connection', 'close'), 403, 'This client is not allowed here');
  });
  fastify.setNotFoundHandler((request, reply) => {
    const isKnown = fastify.hasRoute({ method: 'GET', url: pathOf(request) });
    return isKnown ? refuse(reply, 405, 'This method is not allowed') : refuse(reply, 404, 'Nothing is served here');
  });
  fastify.setErrorHandler((error, _request, reply) => {
    const { statusCode = 500 } = error as { statusCode?: number };
    if (statusCode < 500) return refuse(reply, statusCode, 'The request is not valid');
    log.error({ code: 'internal', err: error }, `admin: a request failed: ${messageOf(error)}`);
    return refuse(reply, 500, 'Something went wrong: the log says what');
  });

  fastify.get('/healthz', (_request, reply) => reply.type('text/plain; charset=utf-8').send('ok\n'));
  fastify.get('/readyz', async (request, reply) => {
    const answer: ReadinessAnswer = readinessOf(await source.report(Number.POSITIVE_INFINITY));
    reply.code(answer.ready ? 200 : 503);
    if (/\bapplication\/json\b/.test(request.headers.accept ?? '')) return reply.send(answer);
    const lines = answer.ready ? ['ready'] : ['not ready', ...answer.reasons.map(({ text }) => text)];
    return reply.type('text/plain; charset=utf-8').send(`${lines.join('\n')}\n`);
  });
  fastify.get('/metrics', async (_request, reply) => {
    const report = await source.report(Number.POSITIVE_INFINITY);
    if (report === undefined) return refuse(reply, 503, 'No process is serving');
    const facts = { report, version, nowMs: now(), clientMetrics: clientMetrics() };
    return reply.type(metricsContentType).send(await printMetrics(facts));
  });
  fastify.get<{ Querystring: { since?: string } }>('/api/snapshot', async (request, reply) => {
    const { since } = request.query;
    const after = since !== undefined && /^\d{1,12}$/.test(since) ? Number(since) : undefined;
    const nowMs = now();
    // The rates of the last ten seconds are told in any case.
    const report = await source.report(
      after === undefined ? undefined : Math.min(after, Math.floor(nowMs / 1000) - 12),
    );
    if (report === undefined) return refuse(reply, 503, 'No process is serving');
    return snapshotOf(report, { version, nowMs, after });
  });
  fastify.get('/api/events', (_request, reply) => {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { ...commonHeaders, 'content-type': 'text/event-stream; charset=utf-8' });
    if (streams.add(raw)) return;
    raw.end();
  });
  fastify.post('/api/reload', async (_request, reply) => {
    const answer: ReloadAnswer = { format: 1, ...(await source.reload()) };
    return reply.code(answer.result === 'succeeded' ? 200 : 422).send(answer);
  });
  for (const [path, file] of pageFiles) fastify.get(path, (request, reply) => sendFile(request, reply, file));
  for (const [path, document] of documents) fastify.get(path, () => document());
  await fastify.ready();

  return {
    server,
    endConnections() {
      streams.close();
      server.closeIdleConnections();
    },
    async close() {
      streams.close();
      server.closeAllConnections();
      await fastify.close();
    },
  };
}

function createAdminServer(): Server {
  // Node's own refusal of a request without Host would come before the guard's.
  const server = createServer({ requireHostHeader: false, maxHeaderSize: 16 * 1024 });
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 75_000;
  return server;
}

function guardedOf({ method, headers, raw }: FastifyRequest) {
  return {
    method,
    path: pathOf({ raw }),
    host: headers.host,
    origin: headers.origin,
    secFetchSite: textOf(headers['sec-fetch-site']),
    secFetchMode: textOf(headers['sec-fetch-mode']),
    contentType: headers['content-type'],
  };
}

function pathOf({ raw }: Pick<FastifyRequest, 'raw'>): string {
  return (raw.url ?? '').split('?', 1)[0] ?? '';
}

/** Several of a kind are as suspicious as a wrong one. */
function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join() : value;
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  const body: AdminError = { error: { status, message } };
  return reply.code(status).type('application/json; charset=utf-8').send(body);
}

function sendFile({ headers }: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply {
  reply.header('etag', file.etag).header('cache-control', 'no-cache');
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(file.etag) || known.includes('*')) return reply.code(304).send();
  return reply.type(file.contentType).send(file.content);
}
