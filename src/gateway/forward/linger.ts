// Closing a connection on which the rest of a request body is still coming in: to close it outright would reset it, and
// the reset would take the response with it before the client has read that (RFC 9112 section 9.6).

import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long an upload that nobody wants is still read; nginx's `lingering_timeout`. */
const lingerMs = 5000;

/**
 * When the response is written and the connection is to be closed, ends our direction only, if `pending` holds then, and
 * reads on until the client closes, its body ends, or the time is over.
 */
export function lingerAfter(request: IncomingMessage, response: ServerResponse, pending: () => boolean): void {
  const { socket } = request;
  if (!pending()) return;
  response.once('finish', () => {
    if (!pending() || socket.destroyed) return;
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
    request.once('end', () => socket.destroy()).resume();
  });
  // What Node calls at the end of a last response; nothing but this response uses the socket any more.
  socket.destroySoon = () => {
    if (pending()) socket.end();
    else socket.destroy();
  };
}
