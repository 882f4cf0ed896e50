// A worker: it is told by the primary what to serve, and does what it is told until the end. It decides nothing that
// concerns the others, and ends with the primary.

import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { MutualError } from '../errors.ts';
import { type PreparedReload, type RunningGateway, startGateway } from '../gateway/lifecycle.ts';
import type { Observer } from '../gateway/observe/observer.ts';
import { type FromWorker, faultOf, parseToWorker, type StartMessage, type ToWorker } from './messages.ts';
import type { Ports } from './probe-ports.ts';

/** The way to the primary. */
export interface Channel {
  /** Resolves when it is on its way. */
  send(message: FromWorker): Promise<void>;
  onMessage(listener: (message: unknown) => void): void;
  /** The primary is gone. */
  onEnd(listener: () => void): void;
}

/** The logs of this process. */
export interface WorkerLogs {
  readonly log: Logger;
  readonly observer: Observer;
  reopen(): void;
}

export interface WorkerDependencies {
  readonly channel: Channel;
  readonly parseConfig: (text: string, file: string) => Config;
  /** @throws MutualError `file-unwritable` */
  readonly openLogs: (config: Config) => WorkerLogs;
  /** Told of the gateway when it serves. */
  readonly onServing: (gateway: RunningGateway) => void;
  readonly now: () => number;
  readonly monotonic: () => number;
}

/** Resolves when the primary has ended this worker; the logs are the caller's to close. */
export function runWorker(dependencies: WorkerDependencies): Promise<void> {
  const { channel, parseConfig, openLogs, onServing, now, monotonic } = dependencies;
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  let told: StartMessage | undefined;
  let ports: Ports = {};
  let logs: WorkerLogs | undefined;
  let gateway: RunningGateway | undefined;
  let prepared: PreparedReload | undefined;
  let unsubscribe: (() => void) | undefined;
  /** Waiting for a reload that begins after they asked, and those that wait for the one under way. */
  let waiting: (() => void)[] = [];
  let waitingForThis: (() => void)[] = [];
  /** Messages are obeyed one after the other; a report and an order to stop do not wait. */
  let obeying: Promise<unknown> = Promise.resolve();

  async function start(message: StartMessage): Promise<void> {
    told = message;
    ({ ports } = message);
    try {
      const config = parseConfig(message.text, message.file);
      logs = openLogs(config);
      const { reusePort, worker, ticketSecret } = message;
      gateway = await startGateway({
        config,
        loadConfig: () => config,
        log: logs.log,
        observer: logs.observer,
        worker,
        ticketSecret: Buffer.from(ticketSecret),
        sharing: { reusePort, portOf: (key) => ports[key] },
        onChange: () => {
          void channel.send({ kind: 'changed' });
          return new Promise<void>((resolve) => waiting.push(resolve));
        },
        ...{ now, monotonic },
      });
    } catch (error) {
      await channel.send({ kind: 'failed', fault: faultOf(error) });
      end();
      return;
    }
    onServing(gateway);
    watch(message.watched);
    await channel.send({
      kind: 'started',
      addresses: gateway.addresses.map((one) => ({ ...one, servers: [...one.servers] })),
    });
  }

  async function prepare({ text, ports: next }: Extract<ToWorker, { kind: 'prepare' }>): Promise<void> {
    const before = ports;
    ports = { ...ports, ...next };
    waitingForThis = waiting;
    waiting = [];
    try {
      if (gateway === undefined || told === undefined) throw new MutualError('internal', 'this worker does not serve');
      const { file } = told;
      prepared = await gateway.prepareReload(() => parseConfig(text, file));
      await channel.send({ kind: 'prepared' });
    } catch (error) {
      ports = before;
      reloadIsOver();
      await channel.send({ kind: 'prepared', fault: faultOf(error) });
    }
  }

  async function finishReload(how: 'commit' | 'abort'): Promise<void> {
    await prepared?.[how]();
    prepared = undefined;
    reloadIsOver();
    await channel.send({ kind: how === 'commit' ? 'committed' : 'aborted' });
  }

  function reloadIsOver(): void {
    for (const resolve of waitingForThis) resolve();
    waitingForThis = [];
  }

  function watch(watched: boolean): void {
    unsubscribe?.();
    unsubscribe = watched
      ? logs?.observer.recorder.subscribe((event) => void channel.send({ kind: 'event', event }))
      : undefined;
  }

  async function leave(how: 'drain' | 'stop'): Promise<void> {
    await prepared?.abort();
    prepared = undefined;
    await (how === 'drain' ? gateway?.drain() : gateway?.stop());
    if (gateway !== undefined) await channel.send({ kind: 'ended', report: gateway.report() });
    end();
  }

  function obey(message: ToWorker): unknown {
    switch (message.kind) {
      case 'start':
        return start(message);
      case 'prepare':
        return prepare(message);
      case 'commit':
      case 'abort':
        return finishReload(message.kind);
      case 'drain':
        return leave('drain');
      case 'stop':
        return undefined;
      case 'reopen':
        return logs?.reopen();
      case 'watch':
        return watch(message.watched);
      case 'report':
        return undefined;
    }
  }

  channel.onMessage((raw) => {
    let message: ToWorker;
    try {
      message = parseToWorker(raw);
    } catch (error) {
      logs?.log.error({ code: 'internal', err: error }, 'the primary said something strange');
      return;
    }
    if (message.kind === 'report') {
      const { id, after } = message;
      if (gateway !== undefined) void channel.send({ kind: 'report', id, report: gateway.report(after) });
    } else if (message.kind === 'stop') {
      // It may have to cut a drain short.
      void leave('stop');
    } else {
      obeying = obeying.then(() => obey(message));
      // Nothing of this is expected to fail: where it does, the process is at fault, and ends.
      obeying.catch((error: unknown) => {
        throw error;
      });
    }
  });
  channel.onEnd(() => {
    logs?.log.error(
      { code: 'internal' },
      'the primary process is gone: this worker finishes what is in flight and ends',
    );
    void leave('drain');
  });
  void channel.send({ kind: 'hello' });
  return over;
}
