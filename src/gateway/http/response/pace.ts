// `limit_rate`: so many bytes a second, after the first `limit_rate_after` of them (ngx_http_write_filter_module.c).

import type { Request } from '../request.ts';
import { parseBytes } from '../rewrite/assign-variable.ts';

/** Undefined where there is no limit: the caller writes at once. @param sent bytes of the body so far */
export function writePaced(
  request: Request,
  chunk: Buffer,
  sent: number,
  write: (piece: Buffer) => Promise<void>,
): Promise<void> | undefined {
  request.limitRate ??= parseBytes(request.location.limitRate?.of(request) ?? '') ?? 0;
  const { limitRate } = request;
  if (limitRate === 0) return undefined;
  request.limitRateAfter ??= parseBytes(request.location.limitRateAfter?.of(request) ?? '') ?? 0;
  return writeSlowly(request, chunk, sent, limitRate, request.limitRateAfter, write);
}

async function writeSlowly(
  request: Request,
  chunk: Buffer,
  sentBefore: number,
  rate: number,
  after: number,
  write: (piece: Buffer) => Promise<void>,
): Promise<void> {
  const { engine } = request.connection;
  let sent = sentBefore;
  for (let at = 0; at < chunk.length; ) {
    const elapsed = Math.floor(engine.now() / 1000) - Math.floor(request.startedAtMs / 1000) + 1;
    const allowed = rate * elapsed - (sent - after);
    if (allowed <= 0) {
      await new Promise((resolve) => setTimeout(resolve, Math.floor((-allowed * 1000) / rate) + 1));
      continue;
    }
    const piece = chunk.subarray(at, at + allowed);
    await write(piece);
    at += piece.length;
    sent += piece.length;
    const waitMs = Math.floor((piece.length * 1000) / rate);
    if (at < chunk.length && waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}
