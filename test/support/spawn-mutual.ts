// The program as a process of its own, started as a person would start it. What it prints is collected; what a test
// leaves running is killed after it.

import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { AfterHook } from './openssl.ts';

const root = resolve(import.meta.dirname, '../..');

/** The two ways in: the program itself, and what npm installs as `mutual`. */
export const entries = { main: join(root, 'src/main.ts'), bin: join(root, 'bin/mutual.js') } as const;

/** Half of a start is the reading of sources, and tests start many. */
export const compileCache = join(root, 'node_modules/.cache/node');

export interface SpawnOptions {
  /** Default: the program itself. */
  readonly entry?: string;
  /** The Node.js that runs it. Default: the one that runs the test. */
  readonly node?: string;
  /** Options of Node.js. */
  readonly nodeOptions?: readonly string[];
  readonly cwd?: string;
  /** Beside the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
  /** User and group to run as, where the test may choose. */
  readonly uid?: number;
}

export interface Ended {
  /** Undefined where a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MutualProcess {
  readonly pid: number;
  /** Everything printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** The first match in everything printed on either stream; rejects where the process ends without. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with what `look` finds, asked whenever something is printed; rejects where the process ends without. */
  untilFound<T>(look: () => T | undefined): Promise<T>;
  signal(name: NodeJS.Signals): void;
}

/** How long a process may take to print what is waited for, or to end. */
const patienceMs = 30_000;

export function spawnMutual(t: AfterHook, args: readonly string[], options: SpawnOptions = {}): MutualProcess {
  const { entry = entries.main, node = process.execPath, nodeOptions = [], cwd, env = {}, uid } = options;
  const child = spawn(node, [...nodeOptions, entry, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', NODE_COMPILE_CACHE: compileCache, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  t.after(() => child.kill('SIGKILL'));
  const printed = { stdout: '', stderr: '' };
  const looks = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
      for (const look of [...looks]) look();
    });
  }
  const ended = new Promise<Ended>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => {
      done({ exitCode: code ?? undefined, signal: signal ?? undefined, ...printed });
    });
  });
  const untilFound = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((done, fail) => {
      const told = (): string => `${printed.stdout}${printed.stderr}`;
      const timer = setTimeout(() => fail(new Error(`not printed in time: ${told()}`)), patienceMs).unref();
      const ask = (): void => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(timer);
        looks.delete(ask);
        done(found);
      };
      looks.add(ask);
      ask();
      ended.then(() => fail(new Error(`ended before it printed what was waited for: ${told()}`)), fail);
    });
  return {
    pid: child.pid ?? 0,
    child,
    ended,
    get stdout() {
      return printed.stdout;
    },
    get stderr() {
      return printed.stderr;
    },
    until: (pattern) => untilFound(() => pattern.exec(printed.stdout) ?? pattern.exec(printed.stderr) ?? undefined),
    untilFound,
    signal: (name) => {
      child.kill(name);
    },
  };
}

export interface RunningMutual extends MutualProcess {
  /** In the order of the configuration. */
  readonly urls: readonly string[];
  /** The port of the address at this place. */
  port(index?: number): number;
}

/** Runs `mutual run` and resolves when it has said where it listens. */
export async function startMutual(t: AfterHook, config: string, options: SpawnOptions = {}): Promise<RunningMutual> {
  const mutual = spawnMutual(t, ['run', '-c', config], options);
  const [, text = ''] = await mutual.until(/"ready: ([^"]*)"/);
  const urls = text.split(' ');
  const port = (index = 0): number => Number(/:(\d+)$/.exec(urls[index] ?? '')?.[1] ?? 0);
  return Object.defineProperties(mutual, {
    urls: { value: urls },
    port: { value: port },
  }) as RunningMutual;
}

/** Runs one command to its end; one that does not end by itself is killed. */
export async function runMutual(t: AfterHook, args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  const { child, ended } = spawnMutual(t, args, options);
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  return ended.finally(() => clearTimeout(timer));
}
