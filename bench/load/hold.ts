// Connections that made one request each and then say nothing. Opens the first of them, says so on standard output, and
// opens more at each line on standard input; ends when that ends.

import { createInterface } from 'node:readline';
import { connectClients, requestOf, tlsOptions } from './client-connection.ts';
import type { HoldOrder } from './order.ts';

export async function runHold(order: HoldOrder, fail: (error: Error) => void): Promise<void> {
  const options = tlsOptions(order);
  const request = requestOf();
  const open = async (count: number): Promise<void> => {
    for (const connection of await connectClients(options, count, fail)) {
      await new Promise<void>((resolve) => connection.exchange(request, resolve));
    }
    process.stdout.write('open\n');
  };
  await open(order.first);
  for await (const _ of createInterface({ input: process.stdin })) await open(order.more);
  process.exit(0);
}
