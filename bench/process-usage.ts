// What other processes have used, as the kernel counts it: CPU time and memory of a process and of all that it started.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Microseconds of CPU time, user and system, of a process and of those below it that live now. */
export function cpuMicroseconds(pid: number): number {
  return sum(withDescendants(pid), (one) => exactCpu(one) ?? cpuInTicks(one));
}

/** Bytes of memory, shared pages divided among those who share them (PSS, proc_pid_smaps_rollup(5)). */
export function memoryBytes(pid: number): number {
  return sum(withDescendants(pid), (one) => {
    const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${one}/smaps_rollup`, 'utf8'))?.[1];
    return Number(kilobytes ?? Number.NaN) * 1024;
  });
}

/** The first field of schedstat, in nanoseconds: the time that stat(5) tells in hundredths of a second, and that of threads. */
function exactCpu(pid: number): number | undefined {
  try {
    return sum(readdirSync(`/proc/${pid}/task`), (thread) => {
      const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8');
      return Number(text.split(' ')[0]) / 1000;
    });
  } catch {
    return undefined; // a kernel without it, or a thread that ended while we looked
  }
}

/** utime and stime of proc_pid_stat(5). */
function cpuInTicks(pid: number): number {
  const fields = statFields(pid);
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond;
}

/** From field 3 on: the name before it may hold anything, in parentheses. */
function statFields(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function withDescendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      parents.set(Number(name), Number(statFields(Number(name))[1]));
    } catch {
      // it ended while we looked
    }
  }
  const found = [pid];
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child);
  return found;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
