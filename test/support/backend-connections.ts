// What becomes of the gateway's connections to a recording backend.

import type { BackendConnection } from './recording-backend.ts';

/** Resolves when the gateway has closed this connection, or its direction of it. */
export function untilLeft({ socket, closed }: BackendConnection): Promise<void> {
  if (socket.readableEnded) return Promise.resolve();
  return Promise.race([closed, new Promise<void>((resolve) => socket.once('end', resolve))]);
}
