// The process that serves nobody itself: it starts workers, replaces those that end, has all of them take a new
// configuration or none, ends them, and adds up what they report.

import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config, ListenConfig } from '../config/schema.ts';
import type { Credentials } from '../credentials/load-credentials.ts';
import { MutualError, messageOf } from '../errors.ts';
import type { ListeningAddress } from '../gateway/listening-address.ts';
import type { FeedEvent } from '../gateway/observe/feed.ts';
import type { ReloadFacts } from '../gateway/observe/reload-facts.ts';
import type { Report } from '../gateway/status/report.ts';
import type { FromWorker } from './messages.ts';
import { addToPast, withPast } from './past-report.ts';
import { createPool, type Pool, type PoolMember } from './pool.ts';
import { type Ports, probePorts } from './probe-ports.ts';
import type { WorkerListener, WorkerProcess } from './worker-process.ts';

/** A configuration, and the text that it was read from. */
export interface ReadConfig {
  readonly text: string;
  readonly config: Config;
}

export interface Primary {
  readonly addresses: readonly ListeningAddress[];
  /** Resolves to false, with everything as it was in every worker, where one cannot use it; the log says why. */
  reload(): Promise<boolean>;
  /** Every worker opens its log files anew. */
  reopenLogs(): void;
  /** No new connections; open ones end after the response in flight, at the latest after `drainTimeoutMs`. */
  drain(): Promise<void>;
  /** At once. */
  stop(): Promise<void>;
  /** What the admin listener tells. @param after of the seconds only those behind this one */
  report(after?: number): Promise<Report | undefined>;
  /** @returns ends it */
  subscribe(listener: (event: FeedEvent) => void): () => void;
  lastReload(): ReloadFacts | undefined;
}

export interface PrimaryDependencies {
  readonly size: number;
  readonly read: ReadConfig;
  /** Asked at each reload. @throws MutualError */
  readonly readAgain: () => ReadConfig;
  /** Reads what a configuration names, and says whether it can be used. @throws MutualError */
  readonly check: (config: Config) => Credentials;
  /** Called at the start, and after each reload, with what is in force from then on. */
  readonly onInForce: (config: Config, credentials: Credentials) => void;
  readonly fork: (listener: WorkerListener) => WorkerProcess;
  /** Whether each worker has a socket of its own on each address. */
  readonly reusePort: boolean;
  /** Takes what a worker prints. */
  readonly onFork: (process: WorkerProcess) => void;
  readonly log: Logger;
  readonly now: () => number;
  readonly monotonic: () => number;
}

/** A worker that is too busy to answer is left out of a report. */
const reportMs = 1000;
/** What several workers notice at about the same time is one change. */
const settleMs = 100;

/** @throws MutualError where a worker cannot start; none is left then */
export async function startPrimary(dependencies: PrimaryDependencies): Promise<Primary> {
  const { size, readAgain, check, onInForce, fork, reusePort, onFork, log, now, monotonic } = dependencies;
  const ticketSecret = randomBytes(48);
  let current = dependencies.read;
  let ports: Ports = reusePort ? await probePorts(listenersOf(current.config)) : {};
  let addresses: readonly ListeningAddress[] = [];
  let past: Report | undefined;
  const lastReports = new Map<PoolMember, Report>();
  const subscribers = new Set<(event: FeedEvent) => void>();
  const reloads = { succeeded: 0, failed: 0 };
  let lastReload: ReloadFacts | undefined;
  let reloading: Promise<unknown> = Promise.resolve();
  let settling: NodeJS.Timeout | undefined;
  let reportIds = 0;
  let ending = false;

  const pool: Pool = createPool({
    size,
    fork,
    onFork,
    startMessage: (worker) => ({
      kind: 'start',
      worker,
      text: current.text,
      file: current.config.source.file,
      watched: subscribers.size > 0,
      ...{ ticketSecret, ports, reusePort },
    }),
    onMessage: heard,
    onEnd(member) {
      const last = lastReports.get(member);
      lastReports.delete(member);
      if (last !== undefined) past = addToPast(past, last);
    },
    ...{ log, monotonic },
  });
  const credentials = check(current.config);
  await pool.start();
  onInForce(current.config, credentials);

  function heard(member: PoolMember, message: FromWorker): void {
    switch (message.kind) {
      case 'started':
        addresses = message.addresses;
        break;
      case 'changed':
        settling ??= setTimeout(() => {
          settling = undefined;
          void reload(() => current);
        }, settleMs);
        break;
      case 'event':
        // A reload is told once, by whom it was asked of.
        if (message.event.kind !== 'reload') publish(message.event);
        break;
      case 'report':
      case 'ended':
        lastReports.set(member, message.report);
        break;
      default:
    }
  }

  function publish(event: FeedEvent): void {
    for (const listener of subscribers) listener(event);
  }

  function watch(): void {
    for (const member of pool.serving()) member.send({ kind: 'watch', watched: subscribers.size > 0 });
  }

  // ---- reload ------------------------------------------------------------------------------------------------------

  function reload(read: () => ReadConfig): Promise<boolean> {
    const done = reloading.then(() => (ending ? false : reloadNow(read)));
    reloading = done;
    return done;
  }

  async function reloadNow(read: () => ReadConfig): Promise<boolean> {
    try {
      const next = read();
      const nextCredentials = check(next.config);
      const nextPorts = reusePort ? await probePorts(listenersOf(next.config), ports) : {};
      await prepareAll(next, nextPorts);
      // Whoever starts from now on starts with it.
      current = next;
      ports = nextPorts;
      const members = pool.serving();
      await Promise.all(members.map((member) => pool.ask(member, { kind: 'commit' }, isCommitted)));
      log.level = next.config.log.level;
      log.info({ file: next.config.source.file, workers: members.length }, 'reloaded');
      onInForce(next.config, nextCredentials);
      reloaded('succeeded', `${next.config.source.file} is in force`);
      return true;
    } catch (error) {
      const code = error instanceof MutualError ? error.code : 'internal';
      const reason = messageOf(error);
      log.error({ code }, `reload failed, the configuration before it stays in force in every worker: ${reason}`);
      reloaded('failed', reason);
      return false;
    }
  }

  /** @throws MutualError what the first of them says that cannot; none has taken it then */
  async function prepareAll({ text }: ReadConfig, nextPorts: Ports): Promise<void> {
    // One that is just starting would come up with the configuration of before.
    await pool.settled();
    const asked = pool.serving().map(async (member) => {
      const answer = await pool.ask(member, { kind: 'prepare', text, ports: nextPorts }, isPrepared);
      return { member, answer };
    });
    const answers = await Promise.all(asked);
    const refusal = answers.find(({ answer }) => answer?.fault !== undefined);
    if (refusal?.answer?.fault === undefined) return;
    const willing = answers.filter(({ answer }) => answer !== undefined && answer.fault === undefined);
    await Promise.all(willing.map(({ member }) => pool.ask(member, { kind: 'abort' }, isAborted)));
    const { code, message } = refusal.answer.fault;
    throw new MutualError(code, `worker ${refusal.member.worker}: ${message}`);
  }

  function reloaded(result: ReloadFacts['result'], message: string): void {
    reloads[result] += 1;
    lastReload = { atMs: now(), result, message };
    publish({ kind: 'reload', data: lastReload });
  }

  // ---- report ------------------------------------------------------------------------------------------------------

  async function report(after?: number): Promise<Report | undefined> {
    const asked = pool.serving().map(async (member) => {
      reportIds += 1;
      const id = reportIds;
      const isAnswer = (message: FromWorker): message is ReportMessage =>
        message.kind === 'report' && message.id === id;
      const answer = await pool.ask(member, { kind: 'report', id, after }, isAnswer, reportMs);
      // One that does not answer has still counted what it has said before.
      return answer?.report ?? lastReports.get(member);
    });
    const living = (await Promise.all(asked)).filter((one) => one !== undefined);
    const whole = withPast(living, past);
    if (whole === undefined) return undefined;
    const { observation } = whole;
    const counters = { ...observation.counters, reloads: { ...reloads } };
    return { ...whole, observation: { ...observation, counters, lastReload: lastReload ?? null } };
  }

  async function end(how: 'drain' | 'stop'): Promise<void> {
    ending = true;
    clearTimeout(settling);
    // A worker that has prepared a reload waits for the end of it.
    await reloading;
    await pool.end(how);
  }

  return {
    get addresses() {
      return addresses;
    },
    reload: () => reload(readAgain),
    reopenLogs() {
      for (const member of pool.serving()) member.send({ kind: 'reopen' });
    },
    drain: () => end('drain'),
    stop: () => end('stop'),
    report,
    subscribe(listener) {
      const own = (event: FeedEvent): void => listener(event);
      subscribers.add(own);
      if (subscribers.size === 1) watch();
      return () => {
        subscribers.delete(own);
        if (subscribers.size === 0) watch();
      };
    },
    lastReload: () => lastReload,
  };
}

type ReportMessage = Extract<FromWorker, { kind: 'report' }>;

function isPrepared(message: FromWorker): message is Extract<FromWorker, { kind: 'prepared' }> {
  return message.kind === 'prepared';
}

function isCommitted(message: FromWorker): message is Extract<FromWorker, { kind: 'committed' }> {
  return message.kind === 'committed';
}

function isAborted(message: FromWorker): message is Extract<FromWorker, { kind: 'aborted' }> {
  return message.kind === 'aborted';
}

/** The listening addresses, each once. */
function listenersOf({ servers }: Config): readonly ListenConfig[] {
  return [...new Map(servers.flatMap(({ listen }) => listen).map((one) => [one.key, one])).values()];
}
