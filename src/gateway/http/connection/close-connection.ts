// The end of an HTTP/1 connection: our direction is closed first, and what the client still sends is read away for a
// while, for a connection that is reset would take the response with it (ngx_http_request.c, ngx_http_set_lingering_close).

import type { Duplex } from 'node:stream';
import type { Request } from '../request.ts';
import type { Inbound } from './inbound.ts';

export async function closeConnection(stream: Duplex, inbound: Inbound, request: Request | undefined): Promise<void> {
  if (inbound.gone || stream.destroyed) return;
  if (request === undefined || request.sink.gone || inbound.ended) {
    stream.end();
    await flushed(stream, request?.location.sendTimeoutMs ?? abortFlushMs);
    stream.destroy();
    return;
  }
  const { lingeringClose, lingeringTimeMs, lingeringTimeoutMs } = request.location;
  const unread = request.lingering && !request.body.done;
  const linger = lingeringClose === 'always' || (lingeringClose === 'on' && (unread || inbound.buffer.length > 0));
  stream.end();
  await flushed(stream, request.location.sendTimeoutMs);
  if (linger) {
    const { engine } = request.connection;
    const until = engine.monotonic() + lingeringTimeMs;
    for (;;) {
      inbound.consume(inbound.buffer.length);
      const left = Math.min(lingeringTimeoutMs, until - engine.monotonic());
      if (left <= 0 || (await inbound.more(left)) !== 'data') break;
    }
  }
  stream.destroy();
}

const abortFlushMs = 60_000;

/** A client that takes nothing must not hold the connection for ever. @param timeoutMs 0: without a limit */
function flushed(stream: Duplex, timeoutMs: number): Promise<void> {
  if (stream.writableFinished || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = timeoutMs === 0 ? undefined : setTimeout(over, Math.min(timeoutMs, 2 ** 31 - 1));
    function over(): void {
      clearTimeout(timer);
      stream.off('finish', over);
      stream.off('close', over);
      resolve();
    }
    stream.on('finish', over);
    stream.on('close', over);
  });
}
