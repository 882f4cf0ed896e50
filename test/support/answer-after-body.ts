// Answers of a recording backend that wait for a chunked request body: the backend itself looks at heads alone.

import type { Respond } from './recording-backend.ts';

/** Answers, and closes the connection, when the last chunk has come. */
export function answerAfterBody(answer: string): Respond {
  return (_head, socket, connection) => {
    const look = (): void => {
      if (!connection.received.endsWith('\r\n0\r\n\r\n')) return;
      socket.off('data', look);
      socket.end(Buffer.from(answer, 'latin1'));
    };
    socket.on('data', look);
    look();
    return undefined;
  };
}

export const okAndClose = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';
