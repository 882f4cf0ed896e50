// What the tests use of the `ws` package, which comes without types.

declare module 'ws' {
  import type { EventEmitter } from 'node:events';
  import type { IncomingMessage, Server } from 'node:http';
  import type { ConnectionOptions } from 'node:tls';

  export interface ClientOptions extends ConnectionOptions {
    readonly headers?: Readonly<Record<string, string>>;
    readonly perMessageDeflate?: boolean;
  }

  /** Events: `open`, `message` (data, isBinary), `close` (code, reason), `error`, `unexpected-response` (request, response). */
  export class WebSocket extends EventEmitter {
    constructor(url: string, protocols: readonly string[], options: ClientOptions);
    readonly protocol: string;
    readonly extensions: string;
    send(data: string | Buffer): void;
    ping(data?: string): void;
    close(code?: number, reason?: string): void;
    terminate(): void;
  }

  export interface ServerOptions {
    readonly server: Server;
    readonly perMessageDeflate?: boolean;
    readonly handleProtocols?: (protocols: Set<string>) => string | false;
    readonly verifyClient?: (info: { readonly req: IncomingMessage }) => boolean;
  }

  /** Events: `connection` (socket, request). */
  export class WebSocketServer extends EventEmitter {
    constructor(options: ServerOptions);
    close(): void;
  }
}
