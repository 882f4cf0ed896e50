// The life of `http`: its addresses are opened, a reload swaps what is behind them, and at the end requests in flight are
// waited for.

import type { HttpConfig } from '../../config/http-schema.ts';
import { formatListenAddress } from '../../config/listen-address.ts';
import { messageOf } from '../../errors.ts';
import type { Traffic } from '../observe/traffic.ts';
import type { ClientConnection, EngineStats } from './connection/client-connection.ts';
import { createHttpListener, type HttpListener } from './connection/listener.ts';
import { serveConnection } from './connection/serve-connection.ts';
import { socketsOf } from './connection/shared-sockets.ts';
import { createHttpGeneration, type HttpGeneration } from './engine.ts';
import { createLogFiles } from './log/log-files.ts';
import { reportConnection } from './log/report-connection.ts';
import type { Request } from './request.ts';
import { createSessionZones } from './tls/session-zones.ts';

export interface HttpServers {
  /** Where it really listens. */
  readonly addresses: readonly { readonly listener: string; readonly address: string; readonly port: number }[];
  /** @throws MutualError where the section cannot be used; everything stays as it was then */
  reload(config: HttpConfig | undefined): Promise<void>;
  /** Opens log files anew. */
  reopenLogs(): void;
  /** Writes what waits in logs before it returns. */
  flushLogs(): void;
  /** No new connections; resolves when the last one is closed. */
  drain(): Promise<void>;
  /** Closes what is left at once. */
  stop(): Promise<void>;
}

export interface HttpServersOptions {
  readonly now: () => number;
  readonly monotonic: () => number;
  /** Told of connections and requests. Absent: nobody counts. */
  readonly traffic?: Traffic;
  /** What cannot be written to a log. */
  readonly onLogError: (reason: string) => void;
}

/** @throws MutualError where an address, a file or the section cannot be used; nothing is left open then */
export async function startHttpServers(
  config: HttpConfig | undefined,
  { now, monotonic, traffic, onLogError }: HttpServersOptions,
): Promise<HttpServers> {
  const files = createLogFiles(onLogError);
  const stats: EngineStats = { accepted: 0, active: 0, requests: 0, reading: 0, writing: 0, waiting: 0 };
  const listeners = new Map<string, HttpListener>();
  const open = new Set<ClientConnection<Request>>();
  /** What closes a connection that waits for a request, and the reading of the configuration that it belongs to. */
  const idle = new Map<() => void, HttpGeneration['engine']>();
  const zones = createSessionZones();
  let generation: HttpGeneration | undefined;
  let ending = false;
  let ids = 0;
  let numbers = 0;
  let emptied: (() => void) | undefined;

  const build = (next: HttpConfig): Promise<HttpGeneration> =>
    createHttpGeneration(next, { files, stats, now, monotonic, ending: () => ending, nextNumber, traffic, zones });

  function serve(connection: ClientConnection<Request>): void {
    open.add(connection);
    reportConnection(connection);
    connection.stream.once('close', () => {
      open.delete(connection);
      if (open.size === 0) emptied?.();
    });
    serveConnection(connection, { add: (close) => addIdle(close, connection.engine) }).catch((error: unknown) => {
      connection.engine.errorLog.write('alert', `a connection failed: ${messageOf(error)}`, connection.id);
      connection.stream.destroy();
    });
  }
  function addIdle(close: () => void, engine: HttpGeneration['engine']): () => void {
    if (engine.ending()) {
      close();
      return () => {};
    }
    idle.set(close, engine);
    return () => void idle.delete(close);
  }
  function nextNumber(): number {
    numbers += 1;
    return numbers;
  }
  function nextId(): number {
    ids += 1;
    return ids;
  }

  async function swap(next: HttpConfig | undefined): Promise<void> {
    const made = next === undefined ? undefined : await build(next);
    const sockets = socketsOf(made?.listens ?? []);
    const opened: HttpListener[] = [];
    try {
      for (const listen of sockets) {
        const key = formatListenAddress(listen.address);
        if (listeners.has(key)) continue;
        const policy = (arrival: string): ReturnType<HttpGeneration['policy']> => {
          const now = listeners.has(key) ? generation : made;
          return now?.policy(arrival) ?? now?.policy(key);
        };
        opened.push(await createHttpListener(listen, policy, serve, nextId));
      }
    } catch (error) {
      await Promise.all(opened.map((listener) => listener.close()));
      made?.close();
      throw error;
    }
    const before = generation;
    generation = made;
    for (const listener of opened) listeners.set(listener.key, listener);
    for (const [key, listener] of listeners) {
      if (sockets.some(({ address }) => formatListenAddress(address) === key)) continue;
      listeners.delete(key);
      void listener.close();
    }
    before?.close();
    before?.retire();
    // As nginx's old processes do: a client that is admitted no more must not stay on a connection that it has.
    for (const [close, engine] of [...idle]) if (engine === before?.engine) close();
  }

  async function drain(): Promise<void> {
    ending = true;
    const closed = Promise.all([...listeners.values()].map((listener) => listener.close()));
    for (const close of [...idle.keys()]) close();
    if (open.size > 0) {
      await new Promise<void>((resolve) => {
        emptied = resolve;
      });
    }
    await closed;
  }

  try {
    await swap(config);
  } catch (error) {
    files.close();
    throw error;
  }
  return {
    get addresses() {
      return [...listeners.values()].map(({ key, address }) => ({ listener: key, ...address }));
    },
    reload: swap,
    reopenLogs: () => files.reopen(),
    flushLogs: () => files.flushSync(),
    drain,
    async stop() {
      ending = true;
      // Sockets whose handshake is under way are in no list; they end with the process.
      for (const { stream } of open) stream.destroy();
      for (const listener of listeners.values()) void listener.close();
      generation?.close();
      files.close();
    },
  };
}
