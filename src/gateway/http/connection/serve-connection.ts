// A connection that HTTP can begin on: HTTP/2 where the handshake agreed on it or the first bytes say so, else HTTP/1.

import type { Request } from '../request.ts';
import type { ClientConnection } from './client-connection.ts';
import { type IdleConnections, serveHttp1 } from './http1-connection.ts';
import { serveHttp2 } from './http2-connection.ts';
import { createInbound, type Inbound } from './inbound.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export async function serveConnection(connection: ClientConnection<Request>, idle: IdleConnections): Promise<void> {
  const { stream, place, tls } = connection;
  if (tls?.alpn === 'h2') {
    serveHttp2(connection, idle);
    return;
  }
  const inbound = createInbound(stream);
  if (stream.isPaused()) stream.resume();
  if (place.http2 && (await beginsLikeHttp2(inbound, place.names.defaultServer.headerTimeoutMs))) {
    inbound.release();
    serveHttp2(connection, idle);
    return;
  }
  await serveHttp1(connection, inbound, idle);
}

/** Reads no more than it needs to tell. */
async function beginsLikeHttp2(inbound: Inbound, timeoutMs: number): Promise<boolean> {
  for (;;) {
    const { buffer } = inbound;
    const length = Math.min(buffer.length, preface.length);
    if (!buffer.subarray(0, length).equals(preface.subarray(0, length))) return false;
    if (length === preface.length) return true;
    if ((await inbound.more(timeoutMs)) !== 'data') return false;
  }
}
