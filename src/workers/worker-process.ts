// One worker as the primary sees it: a process that is given messages, and says what it has to say. It decides nothing.

import cluster, { type Worker } from 'node:cluster';
import type { Readable } from 'node:stream';
import { type FromWorker, parseFromWorker, type ToWorker } from './messages.ts';

export interface WorkerEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
}

export interface WorkerProcess {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Nothing happens where it is gone. */
  send(message: ToWorker): void;
  kill(): void;
}

export interface WorkerListener {
  said(message: FromWorker): void;
  /** Something that is no message. */
  misunderstood(error: unknown): void;
  ended(end: WorkerEnd): void;
}

/** Another process of this program, started as this one was. */
export function forkWorker(listener: WorkerListener): WorkerProcess {
  cluster.setupPrimary({
    args: process.argv.slice(2),
    // Numbers without end and bytes arrive as they are.
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const worker: Worker = cluster.fork();
  worker.on('message', (message: unknown) => {
    let parsed: FromWorker;
    try {
      parsed = parseFromWorker(message);
    } catch (error) {
      listener.misunderstood(error);
      return;
    }
    listener.said(parsed);
  });
  // A channel that breaks is followed by the end of its process.
  worker.on('error', () => {});
  worker.once('exit', (code: number | null, signal: string | null) => {
    listener.ended({ exitCode: code ?? undefined, signal: signal ?? undefined });
  });
  const { stdout, stderr, pid = 0 } = worker.process;
  if (stdout === null || stderr === null) throw new TypeError('a worker has no streams');
  return {
    pid,
    stdout,
    stderr,
    send(message) {
      if (worker.isConnected()) worker.send(message, () => {});
    },
    kill: () => void worker.process.kill('SIGKILL'),
  };
}
