// One look at one program: the load generator does its work, and what the program used meanwhile is told.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
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

/**
 * What `read` tells of the program after the work, less what it told before; connections are opened before that, but for
 * work that is to open them.
 */
async function observe<T>(
  target: Target,
  credentials: string,
  work: Work,
  settle: number,
  read: (pid: number) => number,
): Promise<{ readonly used: number; readonly result: T }> {
  const child = spawn(process.execPath, [load, orderFor(target, credentials, work)], { timeout });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`the load came to an end: ${errors.trim()}`);
    await new Promise((resolve) => setTimeout(resolve, settle));
    return value;
  };
  try {
    await nextLine();
    const before = read(target.pid);
    child.stdin.write('go\n');
    const result = JSON.parse(await nextLine()) as T;
    return { used: read(target.pid) - before, result };
  } finally {
    child.stdin.end();
  }
}

/** Microseconds of CPU time that the program took for all of it. */
export async function measureCpu(target: Target, credentials: string, work: Work): Promise<number> {
  return (await observe(target, credentials, work, settleMs, cpuMicroseconds)).used;
}

export async function measureLatency(
  target: Target,
  credentials: string,
  work: Without<RateOrder>,
): Promise<RateResult> {
  return (await observe<RateResult>(target, credentials, work, settleMs, () => 0)).result;
}

/**
 * Bytes for each of the connections opened later: what the first of them made the program take, to run at all, is not
 * counted.
 */
export async function measureMemory(target: Target, credentials: string, work: Without<HoldOrder>): Promise<number> {
  return (await observe(target, credentials, work, 10 * settleMs, memoryBytes)).used / work.more;
}
