// The load generator, a process of its own so that its work is not counted as the gateway's.
//
//   node bench/load/main.ts '{"task":"requests", …}'          prints the result as JSON when it is done

import { runHandshakes } from './handshakes.ts';
import { runHold } from './hold.ts';
import type { LoadOrder } from './order.ts';
import { runRate } from './rate.ts';
import { runRequests } from './requests.ts';

const order = JSON.parse(process.argv[2] ?? '') as LoadOrder;

function fail(error: Error): void {
  process.stderr.write(`load: ${error.message}\n`);
  process.exit(1);
}

async function run(): Promise<unknown> {
  switch (order.task) {
    case 'requests':
      return runRequests(order, fail);
    case 'handshakes':
      return runHandshakes(order, fail);
    case 'rate':
      return runRate(order, fail);
    case 'hold':
      return runHold(order, fail);
  }
}

run().then((result) => {
  process.stdout.write(`${JSON.stringify(result ?? null)}\n`);
}, fail);
