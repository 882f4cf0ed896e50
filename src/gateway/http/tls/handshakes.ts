// Handshakes under way at one tls.Server: each socket in, and whoever waits for it told how it went. The server has two
// listeners however many handshakes there are, so that a thousand that stall cost the others nothing.

import type { Socket } from 'node:net';
import type { TLSSocket, Server as TlsServer } from 'node:tls';

export interface HandshakeEnd {
  onSecure(stream: TLSSocket): void;
  onError(error: Error): void;
}

export interface Handshakes {
  begin(socket: Socket, end: HandshakeEnd): void;
}

export function createHandshakes(tls: TlsServer): Handshakes {
  const pending = new WeakMap<Socket, HandshakeEnd>();
  const take = (stream: TLSSocket): HandshakeEnd | undefined => {
    const socket = parentOf(stream);
    const end = socket === undefined ? undefined : pending.get(socket);
    if (socket !== undefined) pending.delete(socket);
    return end;
  };
  tls.on('secureConnection', (stream) => {
    stream.allowHalfOpen = true;
    take(stream)?.onSecure(stream);
  });
  tls.on('tlsClientError', (error, stream) => take(stream)?.onError(error));
  return {
    begin(socket, end) {
      pending.set(socket, end);
      // A client that goes away in the middle is let go at once; what it may do later is for what is spoken then.
      socket.allowHalfOpen = false;
      tls.emit('connection', socket);
    },
  };
}

/** The raw socket below a TLSSocket. */
function parentOf(stream: TLSSocket): Socket | undefined {
  return (stream as TLSSocket & { readonly _parent?: Socket })._parent;
}
