// Unused connections to upstream servers (ngx_http_upstream_keepalive_module.c): the one used last is taken first, and
// where there are too many the one unused for longest is closed.

import type { UpstreamConnection } from './upstream-connection.ts';

export interface Pool {
  /** Whether connections are kept at all. */
  readonly keeps: boolean;
  /** An unused connection to this server, by the name it was put in under. */
  take(key: string): UpstreamConnection | undefined;
  /** Keeps a connection for the next request, or closes it. */
  put(key: string, connection: UpstreamConnection): void;
  close(): void;
}

export interface PoolOptions {
  readonly most: number;
  readonly requests: number;
  readonly timeMs: number;
  readonly timeoutMs: number;
  readonly monotonic: () => number;
}

interface Kept {
  readonly key: string;
  readonly connection: UpstreamConnection;
  readonly release: () => void;
}

export function createPool({ most, requests, timeMs, timeoutMs, monotonic }: PoolOptions): Pool {
  const kept: Kept[] = [];

  function remove(entry: Kept): void {
    const index = kept.indexOf(entry);
    if (index !== -1) kept.splice(index, 1);
    entry.release();
  }
  return {
    keeps: most > 0,
    take(key) {
      const entry = kept.findLast((one) => one.key === key);
      if (entry === undefined) return undefined;
      remove(entry);
      return entry.connection;
    },
    put(key, connection) {
      const old = monotonic() - connection.openedMonotonicMs > timeMs;
      const { inbound } = connection;
      if (most === 0 || connection.requests >= requests || old || inbound.ended || inbound.buffer.length > 0) {
        connection.close();
        return;
      }
      if (kept.length >= most) {
        const [oldest] = kept;
        if (oldest !== undefined) {
          remove(oldest);
          oldest.connection.close();
        }
      }
      const drop = (): void => {
        remove(entry);
        connection.close();
      };
      const timer = setTimeout(drop, Math.min(timeoutMs, 2 ** 31 - 1));
      timer.unref();
      const forget = inbound.onEnd(drop);
      connection.socket.on('data', drop);
      const entry: Kept = {
        key,
        connection,
        release() {
          clearTimeout(timer);
          forget();
          connection.socket.off('data', drop);
        },
      };
      kept.push(entry);
    },
    close() {
      for (const { connection, release } of kept.splice(0)) {
        release();
        connection.close();
      }
    },
  };
}
