// So many requests over kept connections, which take turns.

import { type ClientConnection, connectClients, requestOf, tlsOptions } from './client-connection.ts';
import type { Fail, RequestsOrder } from './order.ts';

export async function prepareRequests(order: RequestsOrder, fail: Fail): Promise<() => Promise<void>> {
  const request = requestOf(order);
  // A connection that makes no request soon is taken for one that never will.
  const idle = await connectClients(tlsOptions(order), order.connections, fail, requestOf({ path: order.path }));
  return () => exchangeAll(order, idle, request);
}

function exchangeAll(order: RequestsOrder, idle: readonly ClientConnection[], request: Buffer): Promise<void> {
  let left = order.requests;
  let at = 0;
  return new Promise<void>((resolve) => {
    let working = Math.min(order.inFlight, order.connections);
    const free: ClientConnection[] = [...idle];
    const next = (): void => {
      if (left === 0) {
        working -= 1;
        if (working === 0) resolve();
        return;
      }
      left -= 1;
      // The one that has waited longest: every connection comes to its turn.
      const connection = free[at] as ClientConnection;
      at += 1;
      if (at === 1024) {
        free.splice(0, at);
        at = 0;
      }
      connection.exchange(request, () => {
        free.push(connection);
        next();
      });
    };
    for (let i = working; i > 0; i -= 1) next();
  });
}
