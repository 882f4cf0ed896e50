// The end of an HTTP/1 connection: our direction is closed first, and what the client still sends is read away for a
// while, for a connection that is reset would take the response with it (ngx_http_request.c, ngx_http_set_lingering_close).

import type { Duplex } from 'node:stream';
import type { Request } from '../request.ts';
import type { Inbound } from './inbound.ts';

export async function closeConnection(stream: Duplex, inbound: Inbound, request: Request | undefined): Promise<void> {
  if (inbound.gone || stream.destroyed) return;
  if (request === undefined || request.sink.gone || inbound.ended) {
    stream.end();
    await flushed(stream);
    stream.destroy();
    return;
  }
  const { lingeringClose, lingeringTimeMs, lingeringTimeoutMs } = request.location;
  const unread = request.lingering && !request.body.done;
  const linger = lingeringClose === 'always' || (lingeringClose === 'on' && (unread || inbound.buffer.length > 0));
  stream.end();
  await flushed(stream);
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

function flushed(stream: Duplex): Promise<void> {
  if (stream.writableFinished || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('finish', resolve);
    stream.once('close', resolve);
  });
}
