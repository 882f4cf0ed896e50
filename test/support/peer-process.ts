// A server of somebody else (nginx, Apache) as an ordinary process of the test: started on a free port, watched until it
// says that it is ready, ended after the test.

import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import type { AsyncAfterHook } from './test-gateway.ts';

export interface PeerProcess {
  readonly port: number;
  /** Everything written to standard output and standard error so far: the server's error log. */
  readonly log: string;
  /** Resolves with the first match in the error log, written already or still to come. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
}

/** A program to run in the foreground, with its error log on one of the standard streams. */
export interface PeerProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** What it writes when its port is bound. */
  readonly ready: RegExp;
  /** What it writes when its port is taken. */
  readonly portTaken: RegExp;
}

/** What is waited for comes within milliseconds, or never. */
const patienceMs = 30_000;
/** Between the choice of a free port and its use somebody else may take it. */
const attempts = 5;

/** Whether a program can be started here at all. */
export function isInstalled(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args).status === 0;
}

/** A value for `skip` of a test: false where the program is there, else the note that is printed. */
export function skipWithout(name: string, installed: boolean): false | string {
  return installed ? false : `${name} is not installed`;
}

/** @param prepare writes the configuration for a port, and says what is to be run */
export async function startPeer(t: AsyncAfterHook, prepare: (port: number) => PeerProgram): Promise<PeerProcess> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const program = prepare(port);
    const child = spawn(program.command, program.args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const peer = watchPeer(child, port);
    t.after(() => endPeer(child));
    try {
      await peer.until(program.ready);
      return peer;
    } catch (error) {
      if (attempt === attempts || !program.portTaken.test(peer.log)) throw error;
    }
  }
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

function watchPeer(child: Child, port: number): PeerProcess {
  let log = '';
  const looks = new Set<() => void>();
  const ended = once(child, 'close');
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      for (const look of [...looks]) look();
    });
  }
  return {
    port,
    get log() {
      return log;
    },
    until(pattern) {
      return new Promise((resolve, reject) => {
        const fail = (why: unknown): void => reject(new Error(`${String(pattern)} not in the log (${why}): ${log}`));
        const timer = setTimeout(() => fail('in time'), patienceMs);
        const look = (): void => {
          const match = pattern.exec(log);
          if (match === null) return;
          clearTimeout(timer);
          looks.delete(look);
          resolve(match);
        };
        looks.add(look);
        look();
        ended.then(([code]) => fail(`ended with ${code}`), fail).finally(() => clearTimeout(timer));
      });
    },
  };
}

async function endPeer(child: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  await ended;
}

export async function findFreePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
