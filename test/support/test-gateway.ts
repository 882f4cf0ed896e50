// A whole gateway in the process of the test: real sockets on free ports, real TLS with certificates made by openssl.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { createAdminService } from '../../src/admin/service.ts';
import { sourceOf } from '../../src/admin/source.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { type RunningGateway, startGateway } from '../../src/gateway/lifecycle.ts';
import { createObserver, type Observer } from '../../src/gateway/observe/observer.ts';

/** Anything with an asynchronous `after` hook: the context of a test, or `{ after }` of node:test. */
export interface AsyncAfterHook {
  after(fn: () => unknown): void;
}

/** A line of the program's log, parsed. */
export interface LogLine {
  readonly level: number | string;
  readonly msg: string;
  readonly code?: string;
  readonly [key: string]: unknown;
}

export interface TestGateway {
  readonly running: RunningGateway;
  readonly observer: Observer;
  /** Everything the program's log has said so far. */
  readonly lines: readonly LogLine[];
  readonly configFile: string;
  /** Of the admin listener, where the configuration has one. */
  readonly adminUrl: string;
  /** The port of the listener at this place in the configuration. */
  port(index?: number): number;
  /** Writes another configuration and reloads. */
  reconfigure(yaml: string): Promise<boolean>;
  /** Resolves with the first line, said already or still to come, for which `wanted` holds. */
  lineWhere(wanted: (line: LogLine) => boolean): Promise<LogLine>;
}

export interface TestGatewayOptions {
  /** The clock, in Unix milliseconds. Default: the machine's. */
  readonly now?: () => number;
}

/** `MUTUAL_TEST_LANE` chooses the lane of every server that does not choose one itself: any test can be run in either. */
function withLane(config: Config): Config {
  const lane = process.env.MUTUAL_TEST_LANE;
  if (lane !== 'standard' && lane !== 'express' && lane !== 'auto') return config;
  return { ...config, servers: config.servers.map((server) => ({ lane, ...server })) };
}

/** Tests count the lines of a log: none is left out, unless a test asks for that. */
function withEveryRefusal(config: Config): Config {
  const { refusalsPerSecond, ...log } = config.log;
  return { ...config, log: { ...log, refusalsPerSecond: refusalsPerSecond === 50 ? 0 : refusalsPerSecond } };
}

/** How long a line of the log is waited for. */
const patienceMs = 30_000;

/** @param yaml configuration; relative paths in it are relative to `directory` */
export async function startTestGateway(
  t: AsyncAfterHook,
  directory: string,
  yaml: string,
  { now = () => Date.now() }: TestGatewayOptions = {},
): Promise<TestGateway> {
  const configFile = join(directory, 'mutual.yaml');
  writeFileSync(configFile, yaml);
  const lines: LogLine[] = [];
  const waiting = new Set<() => void>();
  const write = (text: string): void => {
    lines.push(JSON.parse(text));
    for (const look of waiting) look();
  };
  const log = pino({ level: 'debug', base: null }, { write });
  const loadTestConfig = (): Config => withEveryRefusal(withLane(loadConfig(configFile)));
  const config = loadTestConfig();
  const observer = createObserver({
    accessLogs: config.log.access,
    upstreams: config.upstreams,
    redact: config.log.redact,
    refusalsPerSecond: config.log.refusalsPerSecond,
    log,
  });
  const admin = createAdminService({ version: '0.0.0-test', log, now });
  const running = await startGateway({
    config,
    loadConfig: loadTestConfig,
    log,
    observer,
    onInForce: admin.follow,
    now,
    monotonic: () => performance.now(),
  });
  await admin.start(sourceOf(running, observer, now));
  t.after(async () => {
    await running.stop();
    await admin.close();
    await observer.close();
  });
  return {
    running,
    observer,
    lines,
    configFile,
    get adminUrl() {
      return admin.url ?? '';
    },
    port: (index = 0) => running.addresses[index]?.port ?? 0,
    reconfigure(text) {
      writeFileSync(configFile, text);
      return running.reload();
    },
    lineWhere(wanted) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const line = lines.find(wanted);
          if (line === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(line);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`no such line in the log: ${lines.map(({ msg }) => msg).join(' | ')}`));
        }, patienceMs);
        waiting.add(look);
        look();
      });
    },
  };
}
