// A program under measurement, running: started with what a setting says, watched until it listens, stopped.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';

/** What a program is started with. All of them get the same. */
export interface Setting {
  /** Where its own files go; made if it is not there. */
  readonly directory: string;
  /** Holds ca.crt, server.crt, server.key and server.pem (both). */
  readonly credentials: string;
  readonly backendPort: number;
  /** Paths that lead to the backend; the load asks for the last. */
  readonly routes: number;
  /** A revocation list, where clients are looked up in one. */
  readonly crl: string | undefined;
  readonly workers: number;
}

export interface Target {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** A program that can be measured. */
export interface Program {
  readonly name: string;
  /** Whether it is installed. */
  isThere(): boolean;
  /** How it calls itself. */
  version(): string;
  start(setting: Setting): Promise<Target>;
}

/** The path of the i-th of several routes, from 0. */
export function routePath(i: number): string {
  return `/service-${i}/`;
}

export function isInstalled(command: string, flag: string): boolean {
  return spawnSync(command, [flag]).status === 0;
}

/** What a program prints of its version: on either stream, the first line, from the first digit on. */
export function versionPrinted(command: string, flag: string): string {
  const { stdout, stderr } = spawnSync(command, [flag], { encoding: 'utf8' });
  return /\d[\w.]*/.exec(`${stdout}${stderr}`)?.[0] ?? 'of unknown version';
}

export interface Command {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly port: number;
  /** Its own, where its standard error goes. */
  readonly directory: string;
  /** Name of the file for its standard output, where that is the access log. */
  readonly stdout?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How long a program may take until it listens. */
const patienceMs = 60_000;

export async function startProgram(started: Command): Promise<Target> {
  const { name, command, args, port, directory, stdout, env = {} } = started;
  const errors = join(directory, 'stderr.log');
  const output = stdout === undefined ? 'ignore' : openSync(join(directory, stdout), 'a');
  const child = spawn(command, args, {
    stdio: ['ignore', output, openSync(errors, 'a')],
    env: { ...process.env, ...env },
  });
  const { pid } = child;
  // A bench that is interrupted leaves nothing running.
  const cut = (): boolean => child.kill('SIGKILL');
  process.once('exit', cut);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.once('exit', () => process.off('exit', cut));
  if (pid === undefined || !(await listens(child, port))) {
    cut();
    throw new Error(`it does not listen: ${readFileSync(errors, 'utf8').trim().slice(-500)}`);
  }
  return {
    name,
    pid,
    port,
    async stop() {
      child.kill('SIGTERM');
      const patience = setTimeout(cut, 5000);
      await ended;
      clearTimeout(patience);
    },
  };
}

async function listens(child: ChildProcess, port: number): Promise<boolean> {
  for (const start = performance.now(); !(await answers(port)); ) {
    if (child.exitCode !== null || performance.now() - start > patienceMs) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect({ host: '127.0.0.1', port });
    probe.once('connect', () => probe.end(() => resolve(true)));
    probe.once('error', () => resolve(false));
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** A directory of its own for one program. */
export function ownDirectory(setting: Setting, name: string): string {
  const made = join(setting.directory, name.replaceAll(/\W+/g, '-'));
  mkdirSync(made, { recursive: true });
  return made;
}
