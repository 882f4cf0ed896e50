// A program of two workers, whose answers say which of them gave them.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { head, untilResponses } from './http-messages.ts';
import type { Certificates } from './mutual-tls.ts';
import type { AfterHook } from './openssl.ts';
import { connectRaw, type RawClient } from './raw-client.ts';
import { type RunningMutual, type SpawnOptions, startMutual } from './spawn-mutual.ts';

export interface WorkersOptions extends SpawnOptions {
  readonly log?: object;
  readonly routes?: readonly object[];
  readonly tls?: object;
  readonly clients?: object;
  /** More keys of the file. */
  readonly more?: object;
}

export interface RunningWorkers {
  readonly mutual: RunningMutual;
  readonly file: string;
  readonly port: number;
  /** The configuration with these in place of what it was started with. */
  write(options: WorkersOptions): void;
  connect(): Promise<WorkerClient>;
  /** One connection to each worker, by its process. */
  connectToBoth(): Promise<ReadonlyMap<number, WorkerClient>>;
  /** The line of the program's log of which this is true; said already, or to be said. */
  line(wanted: (line: LogLine) => boolean): Promise<LogLine>;
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [key: string]: unknown;
}

export interface WorkerClient {
  readonly client: RawClient;
  /** Of the worker. */
  readonly pid: number;
  /** The body of the response. */
  ask(path?: string): Promise<string>;
}

/** `/` answers with the process number of the worker, unless the routes are others. */
export async function startWorkers(
  t: AfterHook,
  { directory, clientA }: Certificates,
  name: string,
  options: WorkersOptions = {},
): Promise<RunningWorkers> {
  const file = join(directory, `${name}.yaml`);
  const write = ({ log = { access: 'off' }, routes = [], tls = {}, clients = {}, more = {} }: WorkersOptions): void => {
    const server = {
      listen: '127.0.0.1:0',
      tls: { certificate: 'server.crt', key: 'server.key', ...tls, clients: { ca: 'ca.crt', ...clients } },
      routes: [...routes, { path: '/', name: 'rest', respond: { body: '$pid' } }],
    };
    writeFileSync(file, JSON.stringify({ servers: [server], log, workers: 2, ...more }));
  };
  write(options);
  const mutual = await startMutual(t, file, options);
  const port = mutual.port();
  const connect = async (): Promise<WorkerClient> => {
    const client = await connectRaw(t, { port }, clientA);
    let asked = 0;
    const ask = async (path = '/'): Promise<string> => {
      client.send(head(`GET ${path}`));
      asked += 1;
      return (await untilResponses(client, asked)).at(-1)?.body ?? '';
    };
    return { client, pid: Number(await ask()), ask };
  };
  return {
    mutual,
    file,
    port,
    write,
    connect,
    async connectToBoth() {
      const byPid = new Map<number, WorkerClient>();
      // The kernel decides: of a hundred connections, all go to one worker never.
      for (let n = 0; n < 100 && byPid.size < 2; n += 1) {
        const one = await connect();
        if (byPid.has(one.pid)) one.client.socket.destroy();
        else byPid.set(one.pid, one);
      }
      assert.equal(byPid.size, 2, 'only one worker serves');
      assert.ok(!byPid.has(mutual.pid), 'the primary serves');
      return byPid;
    },
    line: (wanted) =>
      mutual.untilFound(() =>
        mutual.stderr
          .split('\n')
          .slice(0, -1)
          .map((text): LogLine => JSON.parse(text))
          .find(wanted),
      ),
  };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
