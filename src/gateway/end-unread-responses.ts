// Closes HTTP/1 connections whose client takes nothing of a response that is written already: no other limit of time
// applies to those, since nothing more is wanted from anybody but the client.

import type { Server } from 'node:http';
import type { OpenConnections } from './open-connections.ts';

/** @param bodyIdleTimeoutMs how long a client may take nothing; asked at each look */
export function endUnreadResponses(
  server: Server,
  connections: OpenConnections,
  bodyIdleTimeoutMs: () => number,
): void {
  // Node tells of connections on which nothing was read or written for `server.timeout`, and of those that were kept
  // for another request for long enough. With a listener it does not close them itself.
  server.on('timeout', (socket) => {
    const open = connections.of(socket);
    const idle = open === undefined || (open.inFlight === 0 && open.requests > 0);
    if (idle || socket.writableLength > 0) socket.destroy();
    else socket.setTimeout(bodyIdleTimeoutMs()); // an upstream, or the client's own bytes, are waited for elsewhere
  });
}
