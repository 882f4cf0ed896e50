// The life of a running gateway: start, reload, drain, stop. What listens and what is open outlives a reload; what was
// built from the configuration is swapped whole.

import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { createCrlFetcher } from '../credentials/crl-fetcher.ts';
import { distributionPointsOf } from '../credentials/distribution-points.ts';
import { type Credentials, credentialFiles, loadCredentials } from '../credentials/load-credentials.ts';
import { type FileWatch, watchFiles } from '../credentials/watch.ts';
import { MutualError, messageOf } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { AddressSharing } from './accept/bind.ts';
import { createConnectionLimits } from './accept/connection-limits.ts';
import { applyHttp1Limits, applyHttp2Limits, createHttp2Server } from './accept/http-limits.ts';
import type { Listener } from './accept/listener.ts';
import { createClientStatus } from './client-status.ts';
import { exposureWarnings } from './exposure.ts';
import { createStandardLane } from './forward/standard-lane.ts';
import { createUpstreams } from './forward/upstream/upstreams.ts';
import { createGateway } from './gateway.ts';
import { createGeneration, type Generation } from './generation.ts';
import { startHttpServers } from './http/http-servers.ts';
import { placedFault } from './http/placed-fault.ts';
import { createListeners } from './listeners.ts';
import { describeAddress, describeHttpAddress, type ListeningAddress } from './listening-address.ts';
import type { Observer } from './observe/observer.ts';
import { createOpenConnections } from './open-connections.ts';
import { createReporter } from './reporter.ts';
import type { Report } from './status/report.ts';
import { createTrustKeeper } from './trust-keeper.ts';

export interface RunningGateway {
  /** The addresses that are really listened on, with their URLs for people. */
  readonly addresses: readonly ListeningAddress[];
  /** What the admin listener tells. @param after of the seconds only those behind this one (Unix time in seconds) */
  report(after?: number): Report;
  /** Resolves to false, with everything as it was, where the new configuration cannot be used; the log says why. */
  reload(): Promise<boolean>;
  /**
   * The first half of a reload: all that can fail is done. The second half, or the way back, has to follow: until then no
   * other reload begins. @throws MutualError, with everything as it was, and told in the log
   */
  prepareReload(load: () => Config): Promise<PreparedReload>;
  /** No new connections; open ones end after the response in flight, at the latest after `drainTimeoutMs`. */
  drain(): Promise<void>;
  /** Opens the log files of `http` anew. */
  reopenLogs(): void;
  /** Writes what waits in them before it returns: for the last moment of a process. */
  flushLogs(): void;
  /** At once. */
  stop(): Promise<void>;
}

/** A configuration that can be used, and is not in force yet. */
export interface PreparedReload {
  commit(): Promise<void>;
  abort(): Promise<void>;
}

export interface LifecycleDependencies {
  readonly config: Config;
  /** Asked at each reload. @throws MutualError */
  readonly loadConfig: () => Config;
  readonly log: Logger;
  readonly observer: Observer;
  /** Called at the start, and after each reload, with what is in force from then on. */
  readonly onInForce?: (config: Config, credentials: Credentials) => void;
  /** Which worker this process is; default: 0, there are none. One of several speaks for all. */
  readonly worker?: number;
  /** What keys of session tickets are made of where no file says so. Absent: they are random. */
  readonly ticketSecret?: Buffer;
  /** How addresses are shared with other processes. Absent: they are not. */
  readonly sharing?: AddressSharing;
  /**
   * Called when a file or a list has changed, in place of a reload of this process alone; done when what it led to is
   * done. Absent: this process is all there is.
   */
  readonly onChange?: () => Promise<unknown>;
  readonly now: () => number;
  readonly monotonic: () => number;
}

/** @throws MutualError where the configuration, a credential or an address cannot be used; nothing is left open then */
export async function startGateway(dependencies: LifecycleDependencies): Promise<RunningGateway> {
  const { loadConfig, log, observer, now, monotonic } = dependencies;
  const speaks = (dependencies.worker ?? 0) <= 1;
  const lists = createCrlFetcher({
    now,
    log,
    onChange: () => void somethingChanged(),
  });
  await lists.prepare(dependencies.config);
  let generation: Generation;
  try {
    generation = build(dependencies.config, undefined);
  } catch (error) {
    await lists.close();
    throw error;
  }
  const status = createClientStatus({ now, log });
  const connections = createOpenConnections();
  const connectionLimits = createConnectionLimits(() => generation.config.limits);
  const keeper = createTrustKeeper({
    generation: () => generation,
    ...{ connections, observer, status, learnLists, now },
  });
  const lane = await createStandardLane({ log });
  const http2 = createHttp2Server(() => generation.config.limits);
  applyHttp1Limits(lane.server, generation.config.limits);
  const gateway = createGateway({
    generation: () => generation,
    connections,
    keeper,
    lane,
    http2,
    observer,
    log,
    now,
    monotonic,
  });
  const listeners = createListeners({
    generation: () => generation,
    events: gateway,
    sharing: dependencies.sharing,
    ...{ connectionLimits, now },
  });
  let reloading: Promise<unknown> = Promise.resolve();
  let ending = false;

  // Before the listeners, which take time: what changes on disk after it was read is told.
  let watch = watchCredentials(generation.config);
  try {
    listeners.take(await listeners.open(generation));
  } catch (error) {
    watch.close();
    await closeRest();
    throw error;
  }
  const httpServers = await startHttpServers(dependencies.config.http, {
    onLogError: (reason) => log.warn(reason),
    traffic: observer.traffic,
    now,
    monotonic,
  }).catch(async (fault: unknown) => {
    const error = placedFault(fault, dependencies.config.source.file);
    watch.close();
    await Promise.all(listeners.all().map((listener) => listener.close()));
    await closeRest();
    throw error;
  });
  const reporter = createReporter({
    generation: () => generation,
    addresses: listeningAddresses,
    isDraining: () => ending,
    openConnections: () => connections.size,
    worker: dependencies.worker ?? 0,
    ...{ observer, log, now },
  });
  warn(generation);
  dependencies.onInForce?.(generation.config, generation.credentials);

  function build(config: Config, previous: Generation | undefined): Generation {
    const credentials = loadCredentials(config, now(), lists.learned);
    return createGeneration(config, credentials, {
      now,
      previous,
      ticketSecret: dependencies.ticketSecret,
      upstreams: (...from) => createUpstreams(...from, previous?.upstreams, { log, now, monotonic }),
    });
  }

  function warn({ credentials, config }: Generation): void {
    if (!speaks) return;
    for (const own of credentials.servers.values()) for (const line of own.summary) log.info(line);
    for (const warning of [...credentials.warnings, ...exposureWarnings(config)]) log.warn(warning);
  }

  function watchCredentials(config: Config): FileWatch {
    return watchFiles(credentialFiles(config), () => {
      if (speaks) log.info('a certificate, key, CA or revocation list has changed on disk');
      void somethingChanged();
    });
  }

  async function somethingChanged(): Promise<void> {
    // Of the configuration itself the one in force: the file may be in the middle of being edited.
    await (dependencies.onChange === undefined ? reload(() => generation.config) : dependencies.onChange());
  }

  /** For a client of a CA whose list is not there yet, where the certificates say where it is. */
  function learnLists(server: string, certificates: readonly Certificate[]): Promise<void> | undefined {
    const { config } = generation;
    const clients = config.servers.find(({ name }) => name === server)?.tls?.clients;
    const urls = clients?.crlDistributionPoints === true ? distributionPointsOf(certificates) : [];
    if (urls.length === 0) return undefined;
    return lists.learn(config, server, urls).then(async (hasCome) => {
      if (hasCome) await somethingChanged();
    });
  }

  async function reload(load: () => Config): Promise<boolean> {
    const prepared = await prepareReload(load).catch(() => undefined);
    await prepared?.commit();
    return prepared !== undefined;
  }

  async function prepareReload(load: () => Config): Promise<PreparedReload> {
    const before = reloading;
    const { promise: isOver, resolve: over } = Promise.withResolvers<void>();
    reloading = isOver;
    await before;
    try {
      if (ending) throw new MutualError('usage', 'the program is ending');
      const { commit, abort } = await prepare(load);
      return { commit: () => commit().finally(over), abort: () => abort().finally(over) };
    } catch (error) {
      over();
      if (ending) throw error;
      const code = error instanceof MutualError ? error.code : 'internal';
      log.error({ code }, `reload failed, the configuration before it stays in force: ${messageOf(error)}`);
      observer.reloaded(false, messageOf(error));
      throw error;
    }
  }

  /** All of a reload that can fail. */
  async function prepare(load: () => Config): Promise<PreparedReload> {
    const before = generation;
    const config = load();
    const nextWatch = watchCredentials(config);
    const wayBack: (() => unknown)[] = [() => lists.keep(before.config), () => nextWatch.close()];
    const abort = async (): Promise<void> => {
      for (const step of wayBack.reverse()) await step();
    };
    try {
      await lists.prepare(config);
      const next = build(config, before);
      wayBack.push(() => next.upstreams.discard(before.upstreams));
      await httpServers.reload(config.http).catch((error: unknown) => {
        throw placedFault(error, config.source.file);
      });
      wayBack.push(() => httpServers.reload(before.config.http));
      const opened = await listeners.open(next);
      wayBack.push(() => listeners.discard(opened));
      configureObserver(config);
      wayBack.push(() => configureObserver(before.config));
      return { abort, commit: () => commit(before, next, opened, nextWatch) };
    } catch (error) {
      await abort();
      throw error;
    }
  }

  function configureObserver({ log: { access, redact, refusalsPerSecond }, upstreams }: Config): void {
    observer.configure({ accessLogs: access, upstreams, redact, refusalsPerSecond });
  }

  async function commit(
    before: Generation,
    next: Generation,
    opened: readonly Listener[],
    nextWatch: FileWatch,
  ): Promise<void> {
    generation = next;
    listeners.take(opened);
    watch.close();
    watch = nextWatch;
    lists.keep(next.config);
    listeners.closeGone();
    for (const open of connections.all()) {
      const isGone = generation.listenerPolicy(open.connection.listener) === undefined;
      if (isGone) connections.end(open, generation.config.limits.drainTimeoutMs);
    }
    before.upstreams.retire(generation.upstreams);
    await keeper.judgeAll();
    applyHttp1Limits(lane.server, generation.config.limits);
    applyHttp2Limits(http2, generation.config.limits);
    log.level = generation.config.log.level;
    warn(generation);
    // Of several it is told when all of them have.
    const level = dependencies.worker === undefined ? 'info' : 'debug';
    log[level]({ file: generation.config.source.file }, 'reloaded');
    observer.reloaded(true, `${generation.config.source.file} is in force`);
    dependencies.onInForce?.(generation.config, generation.credentials);
  }

  async function end(timeoutMs: number): Promise<void> {
    ending = true;
    // A reload may be waiting for one of them.
    await lists.close();
    await reloading;
    watch.close();
    const closed = Promise.all(listeners.all().map((listener) => listener.close()));
    connections.endAll();
    await atMost(Promise.all([closed, connections.empty(), httpServers.drain()]), timeoutMs);
    await httpServers.stop();
    const cut = connections.cut();
    if (cut > 0 && timeoutMs > 0) log.warn({ connections: cut }, 'drain timeout: the connections left were cut');
    for (const listener of listeners.all()) listener.cut();
    await closed;
    reporter.close();
    await closeRest();
  }

  function listeningAddresses(): readonly ListeningAddress[] {
    const own = listeners.all().map((listener) => describeAddress(listener, generation.config));
    return [...own, ...httpServers.addresses.map(describeHttpAddress)];
  }

  async function closeRest(): Promise<void> {
    keeper.close();
    status.close();
    await lists.close();
    http2.close();
    await lane.close();
    await generation.upstreams.close(0);
  }

  return {
    get addresses() {
      return listeningAddresses();
    },
    report: (after) => reporter.report(after),
    reopenLogs: () => httpServers.reopenLogs(),
    flushLogs: () => httpServers.flushLogs(),
    reload: () => reload(loadConfig),
    prepareReload,
    drain: () => {
      log.info({ connections: connections.size }, 'draining: no new connections');
      return end(generation.config.limits.drainTimeoutMs);
    },
    stop: () => end(0),
  };
}

/** Waits for work to be done, or for the time to be over. */
async function atMost(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
