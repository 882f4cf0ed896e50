// Ends a connection in a way that its peer cannot take for a regular end.

import type { Duplex } from 'node:stream';

export function cutSocket(socket: Duplex): void {
  // Over TLS, the end without a closing alert says the same (RFC 8446 section 6.1).
  if ('resetAndDestroy' in socket && !('encrypted' in socket)) (socket as unknown as Resettable).resetAndDestroy();
  socket.destroy();
}

interface Resettable {
  resetAndDestroy(): void;
}
