// Answers of a recording backend that wait for the body of a request: the backend itself looks at heads alone.

import type { Respond } from './recording-backend.ts';

/** Answers, and closes the connection, when this has come; by default the last chunk. */
export function answerAfterBody(answer: string, last = '\r\n0\r\n\r\n'): Respond {
  return (_head, socket, connection) => {
    const look = (): void => {
      if (!connection.received.endsWith(last)) return;
      socket.off('data', look);
      socket.end(Buffer.from(answer, 'latin1'));
    };
    socket.on('data', look);
    look();
    return undefined;
  };
}

export const okAndClose = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';
