// Connections that made one request each and then say nothing: first some, then more.

import { connectClients, requestOf, tlsOptions } from './client-connection.ts';
import type { Fail, HoldOrder } from './order.ts';

export async function prepareHold(order: HoldOrder, fail: Fail): Promise<() => Promise<void>> {
  const options = tlsOptions(order);
  const request = requestOf();
  await connectClients(options, order.first, fail, request);
  return async () => {
    await connectClients(options, order.more, fail, request);
  };
}
