// A server that knows nothing of HTTP but where a request head ends: it keeps every byte it gets and answers with the
// bytes it is told to, so that a test sees exactly what was sent on and decides exactly what comes back.

import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';
import type { AfterHook } from './openssl.ts';

export interface BackendConnection {
  readonly socket: Socket;
  /** Everything received on this connection so far, one character a byte. */
  received: string;
  /** Resolves when the other side has closed, or reset, the connection. */
  readonly closed: Promise<void>;
}

export interface RecordingBackend {
  readonly port: number;
  readonly url: string;
  readonly connections: readonly BackendConnection[];
  /** The heads of all requests in the order in which they came, without the empty line. */
  readonly heads: readonly string[];
  /** Everything received, all connections one after the other. */
  readonly received: string;
  /** Resolves when this many request heads have come. */
  untilHeads(count: number): Promise<void>;
  /** Resolves when this text has come, on whatever connection. */
  untilReceived(text: string): Promise<void>;
  close(): Promise<void>;
}

/** What to do with a request whose head is complete. A string is written as it is, one byte a character. */
export type Respond = (head: string, socket: Socket, connection: BackendConnection) => string | Buffer | undefined;

export interface RecordingBackendOptions {
  /** Default: 200 with the body `ok`. */
  readonly respond?: Respond;
  readonly tls?: tls.TlsOptions;
  /** A unix socket in place of a port. */
  readonly path?: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly port?: number;
  /** Stop reading from each connection once a head has come. */
  readonly stall?: boolean;
}

export const okResponse = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

export async function createRecordingBackend(
  t: AfterHook,
  options: RecordingBackendOptions = {},
): Promise<RecordingBackend> {
  const { respond = () => okResponse, stall = false, host = '127.0.0.1' } = options;
  const connections: BackendConnection[] = [];
  const heads: string[] = [];
  const watchers = new Set<() => void>();
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });

  const onConnection = (socket: Socket): void => {
    const connection: BackendConnection = {
      socket,
      received: '',
      closed: new Promise((resolve) => socket.once('end', resolve).once('close', () => resolve())),
    };
    connections.push(connection);
    let unread = '';
    let bodyLeft = 0;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      connection.received += text;
      unread += text;
      for (;;) {
        const skipped = Math.min(bodyLeft, unread.length);
        unread = unread.slice(skipped);
        bodyLeft -= skipped;
        const end = unread.indexOf('\r\n\r\n');
        if (bodyLeft > 0 || end === -1) break;
        const head = unread.slice(0, end);
        // What does not say its length (chunked bodies, tunnels) is not looked into for another head.
        const delimited = !/^(?:transfer-encoding|upgrade):/im.test(head);
        unread = unread.slice(end + 4);
        bodyLeft = delimited ? contentLength(head) : Number.POSITIVE_INFINITY;
        heads.push(head);
        if (stall) socket.pause();
        const answer = respond(head, socket, connection);
        if (answer !== undefined) socket.write(typeof answer === 'string' ? Buffer.from(answer, 'latin1') : answer);
      }
      for (const look of [...watchers]) look();
    });
  };
  const server = options.tls
    ? tls.createServer({ ...options.tls, allowHalfOpen: true }, onConnection)
    : net.createServer({ allowHalfOpen: true }, onConnection);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (options.path !== undefined) server.listen(options.path, resolve);
    else server.listen(options.port ?? 0, host, resolve);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const { socket } of connections) socket.destroy();
    });
  t.after(() => {
    server.close();
    for (const { socket } of connections) socket.destroy();
  });
  const port = options.path === undefined ? (server.address() as AddressInfo).port : 0;
  const scheme = options.tls ? 'https' : 'http';
  return {
    port,
    url:
      options.path === undefined
        ? `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
        : `unix:${options.path}`,
    connections,
    heads,
    get received() {
      return connections.map(({ received }) => received).join('');
    },
    untilHeads: (count) => until(() => heads.length >= count),
    untilReceived: (text) => until(() => connections.some(({ received }) => received.includes(text))),
    close,
  };
}

/** The lines of a head after the first, as they came. */
export function headerLines(head: string): string[] {
  return head.split('\r\n').slice(1);
}

function contentLength(head: string): number {
  return Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
}
