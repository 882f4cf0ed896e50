// Closes an HTTP/2 session that nobody uses, and the streams whose client takes nothing of the response that it asked for:
// with a window of zero it would keep that, and the session, for ever (CVE-2019-9517).

import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { LimitsConfig } from '../../config/schema.ts';

/** How long a session that is closed politely gets to take its last frames. */
const lastFramesMs = 2000;

export function watchHttp2Session(session: ServerHttp2Session, limits: LimitsConfig): void {
  const { idleTimeoutMs, bodyIdleTimeoutMs } = limits;
  /** To the bytes that its client had still to take at the last look; -1 where nobody waited for the client. */
  const streams = new Map<ServerHttp2Stream, number>();
  session.on('stream', (stream) => {
    streams.set(stream, -1);
    stream.once('close', () => streams.delete(stream));
  });
  const endWhenEmpty = (): void => {
    if (session.closed && streams.size === 0) session.destroy();
  };
  // No stream, no byte: the session goes, politely first.
  session.setTimeout(idleTimeoutMs, () => {
    session.close();
    setTimeout(endWhenEmpty, lastFramesMs).unref();
  });
  const looks = setInterval(() => {
    for (const [stream, before] of streams) {
      const waits = stream.headersSent && (stream.writableEnded || stream.writableNeedDrain);
      const left = waits ? stream.writableLength : -1;
      if (waits && left === before) {
        // Not CANCEL, which many clients take for an end in order.
        stream.close(constants.NGHTTP2_INTERNAL_ERROR);
        stream.destroy();
      } else streams.set(stream, left);
    }
    endWhenEmpty();
  }, bodyIdleTimeoutMs).unref();
  session.once('close', () => clearInterval(looks));
}
