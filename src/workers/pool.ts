// The workers of a program: started together, replaced when they end unexpectedly, spoken to all at once. What a worker
// is and how time passes is handed in.

import type { Logger } from 'pino';
import { MutualError } from '../errors.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { decideRestart, type RestartState } from './restart-delay.ts';
import type { WorkerEnd, WorkerListener, WorkerProcess } from './worker-process.ts';

export type WorkerState = 'starting' | 'serving' | 'ending';

export interface PoolMember {
  /** From 1; a successor has the number of whom it replaces. */
  readonly worker: number;
  readonly pid: number;
  readonly state: WorkerState;
  send(message: ToWorker): void;
}

export interface Pool {
  /** Resolves when all serve. @throws MutualError where one cannot; all have ended then */
  start(): Promise<void>;
  serving(): readonly PoolMember[];
  /** Resolves when none is between its start and its serving. */
  settled(): Promise<void>;
  /**
   * Says something to a worker and resolves with its answer.
   *
   * @param isAnswer which of the messages that follow it is
   * @returns undefined where it ends, or says nothing in time
   */
  ask<Answer extends FromWorker>(
    member: PoolMember,
    question: ToWorker,
    isAnswer: (message: FromWorker) => message is Answer,
    timeoutMs?: number,
  ): Promise<Answer | undefined>;
  /** Nobody is replaced any more. Resolves when all have ended. */
  end(how: 'drain' | 'stop'): Promise<void>;
}

export interface PoolDependencies {
  readonly size: number;
  readonly fork: (listener: WorkerListener) => WorkerProcess;
  /** What a worker is told when it listens. */
  readonly startMessage: (worker: number) => ToWorker;
  /** Told of every process that is there. */
  readonly onFork: (process: WorkerProcess) => void;
  /** Told of what workers say by themselves. */
  readonly onMessage: (member: PoolMember, message: FromWorker) => void;
  readonly onEnd: (member: PoolMember) => void;
  readonly log: Pick<Logger, 'info' | 'error'>;
  /** A clock that only goes forward, in milliseconds. */
  readonly monotonic: () => number;
}

interface Member extends PoolMember {
  state: WorkerState;
  readonly process: WorkerProcess;
  readonly startedAt: number;
  readonly listeners: Set<(message: FromWorker | undefined) => void>;
}

export function createPool(dependencies: PoolDependencies): Pool {
  const { size, fork, startMessage, onFork, onMessage, onEnd, log, monotonic } = dependencies;
  const members = new Set<Member>();
  const restarts = new Map<number, RestartState>();
  const timers = new Set<NodeJS.Timeout>();
  const watching = new Set<() => void>();
  /** Set while the first ones start: told of the first that cannot. */
  let onFault: ((fault: MutualError) => void) | undefined;
  let ending = false;

  const changed = (): void => {
    for (const look of [...watching]) look();
  };

  function until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        watching.delete(look);
        resolve();
      };
      watching.add(look);
      look();
    });
  }

  function add(worker: number): void {
    const process = fork({
      said: (message) => said(member, message),
      misunderstood: (error) => log.error({ code: 'internal', worker, err: error }, 'a worker said something strange'),
      ended: (end) => ended(member, end),
    });
    const member: Member = {
      worker,
      pid: process.pid,
      state: 'starting',
      process,
      startedAt: monotonic(),
      listeners: new Set(),
      send: (message) => process.send(message),
    };
    members.add(member);
    onFork(process);
  }

  function said(member: Member, message: FromWorker): void {
    if (message.kind === 'hello') member.send(startMessage(member.worker));
    if (message.kind === 'started') {
      if (member.state === 'starting') member.state = 'serving';
      if (onFault === undefined)
        log.info({ worker: member.worker, worker_pid: member.pid }, 'a worker serves in its place');
    }
    if (message.kind === 'failed') {
      const { code, message: text } = message.fault;
      if (onFault === undefined)
        log.error({ code, worker: member.worker }, `worker ${member.worker} cannot start: ${text}`);
      else onFault(new MutualError(code, text));
    }
    onMessage(member, message);
    for (const listen of [...member.listeners]) listen(message);
    changed();
  }

  function ended(member: Member, { exitCode, signal }: WorkerEnd): void {
    members.delete(member);
    onEnd(member);
    for (const listen of [...member.listeners]) listen(undefined);
    changed();
    if (ending) return;
    const { worker, pid } = member;
    const how = signal === undefined ? `exit code ${exitCode}` : signal;
    if (onFault !== undefined) {
      onFault(new MutualError('internal', `worker ${worker} ended while it was starting: ${how}`));
      return;
    }
    const { delayMs, ...state } = decideRestart(
      restarts.get(worker) ?? { failures: 0 },
      monotonic() - member.startedAt,
    );
    restarts.set(worker, state);
    const facts = { code: 'internal', worker, worker_pid: pid, exit_code: exitCode, signal, restart_ms: delayMs };
    const when = delayMs === 0 ? 'at once' : `in ${delayMs} ms`;
    log.error(facts, `worker ${worker} ended unexpectedly (${how}), and its connections with it: replaced ${when}`);
    const timer = setTimeout(() => {
      timers.delete(timer);
      add(worker);
    }, delayMs);
    timers.add(timer);
  }

  async function end(how: 'drain' | 'stop'): Promise<void> {
    ending = true;
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
    for (const member of members) {
      // One that has not begun to serve has nothing to finish.
      if (member.state === 'starting') member.process.kill();
      else member.send({ kind: how });
      member.state = 'ending';
    }
    await until(() => members.size === 0);
  }

  return {
    async start() {
      const fault = new Promise<MutualError>((resolve) => {
        onFault = resolve;
      });
      for (let worker = 1; worker <= size; worker += 1) add(worker);
      const all = until(() => members.size === size && [...members].every(({ state }) => state === 'serving'));
      const first = await Promise.race([all, fault]);
      onFault = undefined;
      if (first === undefined) return;
      await end('stop');
      throw first;
    },
    serving: () => [...members].filter(({ state }) => state === 'serving'),
    settled: () => until(() => [...members].every(({ state }) => state !== 'starting')),
    ask(asked, question, isAnswer, timeoutMs) {
      const member = [...members].find((one) => one === asked);
      return new Promise((resolve) => {
        if (member === undefined) {
          resolve(undefined);
          return;
        }
        const listen = (message: FromWorker | undefined): void => {
          if (message !== undefined && !isAnswer(message)) return;
          clearTimeout(timer);
          member.listeners.delete(listen);
          resolve(message);
        };
        const timer = timeoutMs === undefined ? undefined : setTimeout(() => listen(undefined), timeoutMs);
        member.listeners.add(listen);
        member.send(question);
      });
    },
    end,
  };
}
