// So many connections, each with one request: full handshakes, or resumed ones.

import { connectClient, requestOf, tlsOptions } from './client-connection.ts';
import type { Fail, HandshakesOrder } from './order.ts';

export async function prepareHandshakes(order: HandshakesOrder, fail: Fail): Promise<() => Promise<void>> {
  const session = order.resume === true ? await sessionOf(order, fail) : undefined;
  return () => connectAll(order, session, fail);
}

async function connectAll(order: HandshakesOrder, session: Buffer | undefined, fail: Fail): Promise<void> {
  const options = tlsOptions(order);
  const request = requestOf({ close: true });
  let left = order.handshakes;

  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const connection = await connectClient(session === undefined ? options : { ...options, session }, fail);
      if (connection.socket.isSessionReused() !== (session !== undefined)) {
        fail(new Error(session === undefined ? 'a session was resumed' : 'a session was not resumed'));
      }
      await new Promise<void>((resolve) => connection.exchange(request, resolve));
      connection.end();
    }
  };
  await Promise.all(Array.from({ length: order.inFlight }, work));
}

/** A session that may be resumed any number of times; TLS 1.3 sends it after the handshake. */
async function sessionOf(order: HandshakesOrder, fail: Fail): Promise<Buffer> {
  const connection = await connectClient(tlsOptions(order), fail);
  const session = new Promise<Buffer>((resolve) => connection.socket.once('session', resolve));
  await new Promise<void>((resolve) => connection.exchange(requestOf({ close: true }), resolve));
  const made = await session;
  connection.end();
  return made;
}
