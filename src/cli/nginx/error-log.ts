// The log of the process in nginx's format: `2026/11/23 15:14:10 [info] 123#123: *4 message`. Several logs, each with its
// level. What concerns a request is told by the gateway itself, to the logs of its location.

import { closeSync, openSync, writeSync } from 'node:fs';
import { NginxFault, type NginxLevel, nginxLevels, printSystemError } from '../../nginx/nginx-fault.ts';
import type { NginxErrorLog } from '../../nginx/nginx-process.ts';
import { createSyslog, type Syslog } from './syslog.ts';

export interface ErrorLog {
  /** Whether it goes to standard error. */
  readonly isStderr: boolean;
  write(level: NginxLevel, text: string): void;
  /** Opens files anew, after they were renamed. */
  reopen(): void;
  /** Takes other logs in place of these. @throws NginxFault, and nothing is changed then */
  use(logs: readonly NginxErrorLog[]): void;
  close(): void;
}

interface Target {
  readonly level: NginxLevel;
  write(level: NginxLevel, line: string): void;
  reopen(): void;
  close(): void;
}

/** @throws NginxFault `open() "F" failed (…)` */
export function createErrorLog(logs: readonly NginxErrorLog[], now: () => Date = () => new Date()): ErrorLog {
  let targets = openTargets(logs);
  let mostRank = rankOf(targets);

  function write(level: NginxLevel, text: string): void {
    const rank = nginxLevels.indexOf(level);
    if (rank > mostRank) return;
    const line = `${printTime(now())} [${level}] ${process.pid}#${process.pid}: ${text}\n`;
    for (const target of targets) if (rank <= nginxLevels.indexOf(target.level)) target.write(level, line);
  }

  return {
    isStderr: logs.some(({ target }) => target === 'stderr'),
    write,
    reopen() {
      for (const target of targets) target.reopen();
    },
    use(next) {
      const before = targets;
      targets = openTargets(next);
      mostRank = rankOf(targets);
      for (const target of before) target.close();
    },
    close() {
      for (const target of targets) target.close();
    },
  };
}

function openTargets(logs: readonly NginxErrorLog[]): Target[] {
  const targets: Target[] = [];
  try {
    for (const log of logs) targets.push(openTarget(log));
    return targets;
  } catch (error) {
    for (const target of targets) target.close();
    throw error;
  }
}

/** Of the most talkative. */
function rankOf(targets: readonly Target[]): number {
  return Math.max(-1, ...targets.map(({ level }) => nginxLevels.indexOf(level)));
}

function openTarget({ target, level }: NginxErrorLog): Target {
  if (target === 'stderr') {
    return { level, write: (_level, line) => void writeAll(2, line), reopen() {}, close() {} };
  }
  if (target.startsWith('syslog:')) return syslogTarget(createSyslog(target.slice('syslog:'.length)), level);
  if (target.startsWith('memory:')) return { level, write() {}, reopen() {}, close() {} };
  let file = openFile(target);
  return {
    level,
    write: (_level, line) => void writeAll(file, line),
    reopen() {
      try {
        const next = openFile(target);
        closeSync(file);
        file = next;
      } catch (error) {
        writeAll(file, `${(error as Error).message}\n`);
      }
    },
    close: () => closeSync(file),
  };
}

function syslogTarget(syslog: Syslog, level: NginxLevel): Target {
  return {
    level,
    write: (at, line) => syslog.send(nginxLevels.indexOf(at), line.trimEnd()),
    reopen() {},
    close: () => syslog.close(),
  };
}

function openFile(file: string): number {
  try {
    return openSync(file, 'a', 0o644);
  } catch (error) {
    throw new NginxFault(`open() "${file}" failed ${printSystemError(error)}`);
  }
}

/** Written before it returns: a log of errors is what is left of a process that ends badly. */
function writeAll(file: number, text: string): boolean {
  try {
    writeSync(file, text);
    return true;
  } catch {
    return false;
  }
}

/** Local time: `2026/11/23 15:14:10`. */
export function printTime(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
