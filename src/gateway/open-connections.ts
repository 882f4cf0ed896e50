// The connections that are open now, each with what was found out about its client and how many requests it has in
// flight. Knows how to end them: politely between two requests, or at once.

import type { Http2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Connection } from './accept/connection.ts';
import type { Authentication } from './authenticate/authentication.ts';
import type { Trust } from './authenticate/trust.ts';
import type { LiveExchange } from './forward/live-exchange.ts';

export interface OpenConnection {
  readonly connection: Connection;
  authentication: Authentication;
  /** Under which trust `authentication` holds. */
  judgedBy: Trust | undefined;
  /** Requests begun so far. */
  requests: number;
  /** Requests whose response is not finished. */
  inFlight: number;
  /** The one begun last, until it is finished: an idle connection keeps nothing of what it has asked. */
  last: LiveExchange | undefined;
  /** Set when no further request may come. */
  ending: boolean;
  /** The request begun last is the last that it may make. */
  spent: boolean;
  session: Http2Session | undefined;
  /** It has switched protocols: there is no response to wait for. */
  tunnel: boolean;
}

export interface OpenConnections {
  readonly size: number;
  add(connection: Connection, authentication: Authentication, judgedBy: Trust | undefined): OpenConnection;
  all(): Iterable<OpenConnection>;
  /** The connection that a stream belongs to; undefined if it is not, or no longer, open. */
  of(stream: Duplex): OpenConnection | undefined;
  /** Marks the end of one request, and ends the connection if it was waiting for that. */
  requestDone(open: OpenConnection): void;
  /**
   * Ends a connection: now if it is idle or a tunnel, else after the response in flight, and at the latest after
   * `deadlineMs`.
   */
  end(open: OpenConnection, deadlineMs: number): void;
  /** Lets the request that has just begun be its last one. */
  endAfterThis(open: OpenConnection): void;
  /** Ends all of them, and those that are still to come after their first request. */
  endAll(): void;
  /** Resolves when none is left. */
  empty(): Promise<void>;
  /** Closes what is left at once, and returns how many that were. */
  cut(): number;
}

/** How long a connection may take over its first request when everything else is ending. */
const firstRequestMs = 1000;

export function createOpenConnections(): OpenConnections {
  const byStream = new Map<Duplex, OpenConnection>();
  const whenEmpty = new Set<() => void>();
  let draining = false;

  const endNow = (open: OpenConnection): void => {
    const { stream } = open.connection;
    if (open.tunnel) {
      stream.destroy();
      return;
    }
    if (open.session !== undefined) {
      open.session.close(); // GOAWAY, then closed when its last stream is
      return;
    }
    stream.end();
    // The other side is expected to close, too; it gets a moment for that.
    setTimeout(() => stream.destroy(), 1000).unref();
  };

  /** One that is only now done with its handshake gets to make one request, if it makes it soon. */
  const endSoon = (open: OpenConnection): void => {
    open.ending = true;
    setTimeout(() => {
      if (open.inFlight === 0) endNow(open);
    }, firstRequestMs).unref();
  };

  return {
    get size() {
      return byStream.size;
    },
    add(connection, authentication, judgedBy) {
      const open: OpenConnection = {
        connection,
        authentication,
        judgedBy,
        requests: 0,
        inFlight: 0,
        last: undefined,
        ending: false,
        spent: false,
        session: undefined,
        tunnel: false,
      };
      byStream.set(connection.stream, open);
      if (draining) endSoon(open);
      connection.stream.once('close', () => {
        byStream.delete(connection.stream);
        if (byStream.size > 0) return;
        for (const resolve of whenEmpty) resolve();
        whenEmpty.clear();
      });
      return open;
    },
    all: () => byStream.values(),
    of: (stream) => byStream.get(stream),
    requestDone(open) {
      open.inFlight -= 1;
      if (open.ending && open.inFlight === 0 && open.session === undefined) endNow(open);
    },
    end(open, deadlineMs) {
      if (open.ending) return;
      open.ending = true;
      if (open.inFlight === 0 || open.session !== undefined || open.tunnel) endNow(open);
      const cut = setTimeout(() => open.connection.stream.destroy(), deadlineMs).unref();
      open.connection.stream.once('close', () => clearTimeout(cut));
    },
    endAfterThis(open) {
      open.spent = true;
      open.ending = true;
      open.session?.close(); // GOAWAY: what has begun is answered
    },
    endAll() {
      draining = true;
      for (const open of byStream.values()) {
        if (open.ending) continue;
        open.ending = true;
        // A tunnel has no end to wait for but its own: it gets the time that there is.
        if (!open.tunnel && (open.inFlight === 0 || open.session !== undefined)) endNow(open);
      }
    },
    empty() {
      if (byStream.size === 0) return Promise.resolve();
      return new Promise((resolve) => whenEmpty.add(resolve));
    },
    cut() {
      const left = [...byStream.keys()];
      for (const stream of left) stream.destroy();
      return left.length;
    },
  };
}
