// One look at one program: the load generator does its work, and what the program used meanwhile is told.

import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { HandshakesOrder, HoldOrder, LoadOrder, RateOrder, RateResult, RequestsOrder } from './load/order.ts';
import { cpuMicroseconds, memoryBytes } from './process-usage.ts';
import type { Target } from './targets/target.ts';

const load = join(import.meta.dirname, 'load/main.ts');
/** No order may take longer. */
const timeout = 300_000;
/** For what a program does after its last answer: closing connections, writing its log. */
const settleMs = 100;

/** An order without what the target and the fixture say. */
type Without<T> = Omit<T, 'port' | 'directory'>;
export type Work = Without<RequestsOrder> | Without<HandshakesOrder> | Without<RateOrder> | Without<HoldOrder>;

function orderFor(target: Target, credentials: string, work: Work): string {
  return JSON.stringify({ ...work, port: target.port, directory: credentials } as LoadOrder);
}

async function runLoad(target: Target, credentials: string, work: Work): Promise<unknown> {
  const args = [load, orderFor(target, credentials, work)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout });
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  return JSON.parse(stdout);
}

/** Microseconds of CPU time that the program took for all of it. */
export async function measureCpu(target: Target, credentials: string, work: Work): Promise<number> {
  const before = cpuMicroseconds(target.pid);
  await runLoad(target, credentials, work);
  return cpuMicroseconds(target.pid) - before;
}

export async function measureLatency(
  target: Target,
  credentials: string,
  work: Without<RateOrder>,
): Promise<RateResult> {
  return (await runLoad(target, credentials, work)) as RateResult;
}

/**
 * Bytes for each of the connections opened later: what the first of them made the program take, to run at all, is not
 * counted.
 */
export async function measureMemory(target: Target, credentials: string, work: Without<HoldOrder>): Promise<number> {
  const child = spawn(process.execPath, [load, orderFor(target, credentials, work)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout,
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const opened = async (): Promise<number> => {
    if ((await lines.next()).value !== 'open') throw new Error(`${target.name}: not all connections could be opened`);
    await new Promise((resolve) => setTimeout(resolve, 10 * settleMs));
    return memoryBytes(target.pid);
  };
  try {
    const before = await opened();
    child.stdin.write('more\n');
    return ((await opened()) - before) / work.more;
  } finally {
    child.kill();
  }
}
