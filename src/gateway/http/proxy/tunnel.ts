// After 101 both directions carry what they will, until one side is done or silent for too long (ngx_http_upstream.c,
// ngx_http_upstream_upgrade).

import type { Duplex } from 'node:stream';
import { drained } from '../connection/drained.ts';
import type { Inbound } from '../connection/inbound.ts';
import type { Request } from '../request.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

export async function tunnel(request: Request, upstream: UpstreamConnection, timeoutMs: number): Promise<void> {
  const { wire } = request;
  request.keepalive = false;
  request.lingering = false;
  if (wire === undefined) return;
  const down = pass(upstream.inbound, wire.stream, timeoutMs);
  const up = pass(wire.inbound, upstream.socket, timeoutMs);
  // As soon as one side is done, so is the other.
  await Promise.race([down, up]);
}

async function pass(from: Inbound, to: Duplex, timeoutMs: number): Promise<void> {
  for (;;) {
    const { buffer } = from;
    if (buffer.length > 0) {
      from.consume(buffer.length);
      if (!to.write(buffer)) await drained(to, timeoutMs).catch(() => {});
      continue;
    }
    const what = await from.more(timeoutMs);
    if (what === 'timeout') return;
    if (what === 'end' || to.destroyed) {
      to.end();
      return;
    }
  }
}
