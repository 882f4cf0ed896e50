// The load generator, a process of its own so that its work is not counted as the gateway's. Prints `ready` when its
// connections are open; does its work at a line on standard input and prints the result as JSON; keeps the connections
// until standard input ends.
//
//   node bench/load/main.ts '{"task":"requests", …}'

import { createInterface } from 'node:readline';
import { prepareHandshakes } from './handshakes.ts';
import { prepareHold } from './hold.ts';
import type { Fail, LoadOrder } from './order.ts';
import { prepareRate } from './rate.ts';
import { prepareRequests } from './requests.ts';

const order = JSON.parse(process.argv[2] ?? '') as LoadOrder;

const fail: Fail = (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
};

function prepare(): Promise<() => Promise<unknown>> {
  switch (order.task) {
    case 'requests':
      return prepareRequests(order, fail);
    case 'handshakes':
      return prepareHandshakes(order, fail);
    case 'rate':
      return prepareRate(order, fail);
    case 'hold':
      return prepareHold(order, fail);
  }
}

try {
  const work = await prepare();
  process.stdout.write('ready\n');
  for await (const _ of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify((await work()) ?? null)}\n`);
  }
  process.exit(0);
} catch (error) {
  fail(error instanceof Error ? error : new Error(String(error)));
}
