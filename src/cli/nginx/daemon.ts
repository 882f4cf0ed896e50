// Into the background, as `daemon on` asks. A Node.js process cannot fork: the same command line is started once more,
// detached, and the first process ends when the second has bound its addresses or has failed.

import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';

const variable = 'MUTUAL_NGINX_DAEMON';

const inBackground = process.env[variable] !== undefined;
// What this process starts is not in the background for that.
delete process.env[variable];

/** Whether this process was started to be in the background. */
export function isDaemonChild(): boolean {
  return inBackground;
}

/** Resolves to the exit code: 0 when the process in the background serves. */
export function startDaemon(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', 'nginx', ...args], {
    detached: true,
    // What goes wrong is told by the first process, by way of the fourth stream.
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { ...process.env, [variable]: '1' },
  });
  return new Promise((resolve) => {
    let told = '';
    const pipe = child.stdio[3];
    pipe?.on('data', (chunk: Buffer) => {
      told += chunk.toString('utf8');
      if (!told.endsWith(readyMark)) return;
      child.unref();
      resolve(0);
    });
    child.on('error', () => resolve(1));
    child.on('exit', (code) => {
      process.stderr.write(told);
      resolve(code ?? 1);
    });
  });
}

const readyMark = '\0';

/** Tells the first process that this one serves. */
export function daemonReady(): void {
  if (inBackground) writeToParent(readyMark);
}

/** For the eyes of whoever started the first process. */
export function writeToParent(text: string): void {
  try {
    writeSync(3, text);
  } catch {
    // It has gone already, and nobody reads what it would have said.
  }
}
