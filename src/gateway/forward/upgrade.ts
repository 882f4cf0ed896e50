// Requests to switch protocols (RFC 9110 section 7.8). The upstream is asked first; only when it has agreed does the
// client hear so, and the two are joined. Any other answer is an ordinary response.

import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { MutualError } from '../../errors.ts';
import { headerValues } from '../accept/request-head.ts';
import { sendUpstreamResponse } from './client-response.ts';
import type { Exchange } from './exchange.ts';
import { type Forward, noteFailure } from './forwarding.ts';
import type { HashKeyReader } from './hash-key.ts';
import { isHeaderValue } from './headers/header-value.ts';
import { headerRecord, planResponseHeaders } from './headers/response-headers.ts';
import { refusalResponse, sendResponse } from './own-response.ts';
import { isIdempotent } from './transport.ts';
import { joinSockets } from './tunnel.ts';
import type { UpstreamHead } from './upstream/upstream-request.ts';

export interface Upgrade extends Omit<Forward, 'request' | 'response' | 'maxBodyBytes'> {
  readonly request: IncomingMessage;
  /** The client's connection, which Node's server has let go of. */
  readonly socket: Duplex;
  /** What came after the head at once. */
  readonly head: Buffer;
}

/** How long a client gets to read an answer other than 101 before the connection is cut. */
const lastAnswerMs = 2000;

/** Between two probes of a silent tunnel. */
const keepAliveProbeMs = 30_000;

export function forwardUpgrade(upgrade: Upgrade, hashKeyOf: HashKeyReader): void {
  const { exchange, permit, headers, upstream, request, socket, head } = upgrade;
  const { method } = exchange.head;
  quiet(socket);
  if (head.length > 0) socket.unshift(head);
  let answered = false;
  let abort: (() => void) | undefined;
  const stopWatching = watchForEnd(socket, () => {
    if (!answered)
      noteFailure(exchange, 'client-closed', 'the client closed the connection before the upstream answered');
    abort?.();
    socket.destroy();
  });
  abort = upstream.request(
    {
      method,
      path: permit.target,
      headers,
      body: undefined,
      contentLength: undefined,
      upgrade: headerValues(exchange.head, 'upgrade').join(', '),
      repeatable: isIdempotent(method),
      hashKey: hashKeyOf(upgrade),
      connectTimeoutMs: permit.route.connectTimeoutMs,
      responseTimeoutMs: permit.route.responseTimeoutMs,
    },
    {
      onAttempt: (record) => exchange.attempts.push(record),
      onForward() {},
      onInformational() {},
      onUpgrade(switched, upstreamSocket) {
        answered = true;
        stopWatching();
        sendSwitch(exchange, switched, socket);
        joinSockets(socket, upstreamSocket, {
          onClientBytes: (bytes) => {
            exchange.requestBodyBytes += bytes;
          },
          onUpstreamBytes: (bytes) => {
            exchange.responseBodyBytes += bytes;
          },
        });
      },
      onResponse(from) {
        answered = true;
        sendUpstreamResponse(
          { ...upgrade, response: lastResponse(request, socket), maxBodyBytes: 0, close: true },
          from,
        );
      },
      onFailure(error: MutualError) {
        answered = true;
        noteFailure(exchange, error.code, error.message);
        sendResponse(exchange, request, lastResponse(request, socket), refusalResponse(error.code, exchange), true);
      },
    },
  );
}

/** Timers of the HTTP server no longer apply; a peer that vanishes is found by probes. */
function quiet(socket: Duplex): void {
  if (!('setKeepAlive' in socket)) return;
  const plain = socket as Socket;
  plain.setTimeout(0);
  plain.setNoDelay(true);
  plain.setKeepAlive(true, keepAliveProbeMs);
}

/**
 * Notices that the client is gone before there is a tunnel. Bytes that it sends ahead fill the socket's buffer, and no
 * more of them are read than that holds.
 */
function watchForEnd(socket: Duplex, onGone: () => void): () => void {
  const fill = (): void => {};
  socket.on('readable', fill).once('end', onGone).once('close', onGone);
  return () => {
    socket.off('readable', fill).off('end', onGone).off('close', onGone);
  };
}

function sendSwitch(exchange: Exchange, { status, statusText, rawHeaders }: UpstreamHead, socket: Duplex): void {
  const { headers } = planResponseHeaders(rawHeaders);
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === 'upgrade') headers.push('Upgrade', rawHeaders[i + 1] as string);
  }
  headers.push('Connection', 'Upgrade');
  exchange.status = status;
  exchange.responseHeaders = headerRecord(headers);
  let text = `HTTP/1.1 ${status} ${isHeaderValue(statusText) ? statusText : ''}\r\n`;
  for (let i = 0; i + 1 < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  socket.write(`${text}\r\n`, 'latin1');
}

/** A response object for a connection that the HTTP server has let go of; the connection ends with it. */
function lastResponse(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  // The server would tell it, had it not let go: without this a long answer waits for ever.
  const onDrain = (): void => void response.emit('drain');
  socket.on('drain', onDrain);
  response.once('finish', () => {
    socket.off('drain', onDrain);
    response.detachSocket(socket as Socket);
    socket.end();
    // Reads on until the client has had its answer: unread bytes would turn the end into a reset.
    socket.resume();
    setTimeout(() => socket.destroy(), lastAnswerMs).unref();
  });
  return response;
}

/** Protocols that are HTTP or TLS again: behind a tunnel of these, requests would pass that nobody has looked at. */
const neverTunnelled = /^(?:h2c|h2|http|tls)(?:\/|$)/i;

/**
 * Whether the request may become a tunnel. Others are served as if they had not asked (RFC 9110 section 7.8 lets a server
 * ignore it): cleartext HTTP/2 among them, which would carry requests past authorization.
 */
export function mayTunnel(request: IncomingMessage): boolean {
  const { upgrade, 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (request.httpVersion !== '1.1' || upgrade === undefined) return false;
  if (coding !== undefined || (length !== undefined && length !== '0')) return false;
  return upgrade.split(',').every((protocol) => !neverTunnelled.test(protocol.trim()));
}

/** Gives a request back to the HTTP server without its wish to switch protocols, and the connection with it. */
export function withoutUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  let text = `${request.method} ${request.url} HTTP/${request.httpVersion}\r\n`;
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i] as string;
    const value = keptValue(name.toLowerCase(), request.rawHeaders[i + 1] as string);
    if (value !== undefined) text += `${name}: ${value}\r\n`;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
  socket.resume();
}

function keptValue(name: string, value: string): string | undefined {
  if (name === 'upgrade' || name === 'http2-settings') return undefined;
  if (name !== 'connection') return value;
  const kept = value
    .split(',')
    .filter((option) => !['upgrade', 'http2-settings'].includes(option.trim().toLowerCase()));
  return kept.length === 0 ? undefined : kept.join(',');
}
