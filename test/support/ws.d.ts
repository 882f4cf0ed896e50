// The few names of the package `ws` that tests use; it comes without types.

declare module 'ws' {
  import type { EventEmitter } from 'node:events';

  interface Options {
    readonly perMessageDeflate?: boolean;
  }

  export class WebSocket extends EventEmitter {
    constructor(url: string, protocols?: readonly string[], options?: Options);
    readonly protocol: string;
    readonly extensions: string;
    send(data: string | Buffer, options?: { readonly binary?: boolean }): void;
    close(code?: number): void;
    terminate(): void;
    once(event: 'open', listener: () => void): this;
    once(event: 'message', listener: (data: Buffer, binary: boolean) => void): this;
    once(event: 'close', listener: (code: number) => void): this;
    on(event: 'message', listener: (data: Buffer, binary: boolean) => void): this;
  }

  export class WebSocketServer extends EventEmitter {
    constructor(options: Options & { readonly host: string; readonly port: number });
    address(): { readonly port: number };
    close(): void;
    once(event: 'listening', listener: () => void): this;
    on(event: 'connection', listener: (socket: WebSocket) => void): this;
  }
}
