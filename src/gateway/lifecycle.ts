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
import { createConnectionLimits } from './accept/connection-limits.ts';
import { applyHttp1Limits, applyHttp2Limits, createHttp2Server } from './accept/http-limits.ts';
import { createListener, type Listener, type ListenerPolicy } from './accept/listener.ts';
import { createClientStatus } from './client-status.ts';
import { exposureWarnings } from './exposure.ts';
import { createStandardLane } from './forward/standard-lane.ts';
import { createUpstreams } from './forward/upstream/upstreams.ts';
import { createGateway } from './gateway.ts';
import { createGeneration, type Generation } from './generation.ts';
import { type HttpServers, startHttpServers } from './http/http-servers.ts';
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
  /** No new connections; open ones end after the response in flight, at the latest after `drainTimeoutMs`. */
  drain(): Promise<void>;
  /** Opens the log files of `http` anew. */
  reopenLogs(): void;
  /** Writes what waits in them before it returns: for the last moment of a process. */
  flushLogs(): void;
  /** At once. */
  stop(): Promise<void>;
}

export interface ListeningAddress {
  /** Canonical text of the configured address. */
  readonly listener: string;
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly servers: readonly string[];
}

export interface LifecycleDependencies {
  readonly config: Config;
  /** Asked at each reload. @throws MutualError */
  readonly loadConfig: () => Config;
  readonly log: Logger;
  readonly observer: Observer;
  /** Called at the start, and after each reload, with what is in force from then on. */
  readonly onInForce?: (config: Config, credentials: Credentials) => void;
  /** Which worker this process is; default: 0, there are none. */
  readonly worker?: number;
  readonly now: () => number;
  readonly monotonic: () => number;
}

/** @throws MutualError where the configuration, a credential or an address cannot be used; nothing is left open then */
export async function startGateway(dependencies: LifecycleDependencies): Promise<RunningGateway> {
  const { loadConfig, log, observer, now, monotonic } = dependencies;
  const lists = createCrlFetcher({
    now,
    log,
    onChange: () => void reload(() => generation.config),
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
  const listeners = new Map<string, Listener>();
  let connectionIds = 0;
  let reloading: Promise<boolean> = Promise.resolve(true);
  let ending = false;

  // Before the listeners, which take time: what changes on disk after it was read is told.
  let watch = watchCredentials(generation.config);
  try {
    await openListeners(generation);
  } catch (error) {
    watch.close();
    await closeRest();
    throw error;
  }
  const httpServers = await startHttpServers(dependencies.config.http, {
    onLogError: (reason) => log.warn(reason),
    now,
    monotonic,
  }).catch(async (error: unknown) => {
    watch.close();
    await Promise.all([...listeners.values()].map((listener) => listener.close()));
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
      upstreams: (...from) => createUpstreams(...from, previous?.upstreams, { log, now, monotonic }),
    });
  }

  function warn({ credentials, config }: Generation): void {
    for (const own of credentials.servers.values()) for (const line of own.summary) log.info(line);
    for (const warning of [...credentials.warnings, ...exposureWarnings(config)]) log.warn(warning);
  }

  /** Opens the addresses that are new, and does what else can fail; where something does, none is left open. */
  async function openListeners(next: Generation, andThen: () => void = () => {}): Promise<void> {
    const opened: Listener[] = [];
    try {
      for (const config of next.listeners) {
        if (listeners.has(config.key)) continue;
        // Until everything is open, a connection to a new address is judged by the generation that brought it.
        const policy = (): ListenerPolicy | undefined =>
          (listeners.has(config.key) ? generation : next).listenerPolicy(config.key);
        const nextConnectionId = (): number => {
          connectionIds += 1;
          return connectionIds;
        };
        opened.push(
          await createListener(config, {
            policy,
            events: gateway,
            connectionLimits,
            nextConnectionId,
            now,
          }),
        );
      }
      andThen();
    } catch (error) {
      const closed = Promise.all(opened.map((listener) => listener.close()));
      for (const listener of opened) listener.cut();
      await closed;
      throw error;
    }
    for (const listener of opened) listeners.set(listener.key, listener);
  }

  function watchCredentials(config: Config): FileWatch {
    return watchFiles(credentialFiles(config), () => {
      log.info('a certificate, key, CA or revocation list has changed on disk');
      // Of the configuration itself the one in force: the file may be in the middle of being edited.
      void reload(() => generation.config);
    });
  }

  /** For a client of a CA whose list is not there yet, where the certificates say where it is. */
  function learnLists(server: string, certificates: readonly Certificate[]): Promise<void> | undefined {
    const { config } = generation;
    const clients = config.servers.find(({ name }) => name === server)?.tls?.clients;
    const urls = clients?.crlDistributionPoints === true ? distributionPointsOf(certificates) : [];
    if (urls.length === 0) return undefined;
    return lists.learn(config, server, urls).then(async (hasCome) => {
      if (hasCome) await reload(() => generation.config);
    });
  }

  function reload(load: () => Config): Promise<boolean> {
    reloading = reloading.then(() => (ending ? false : reloadNow(load)));
    return reloading;
  }

  async function reloadNow(load: () => Config): Promise<boolean> {
    const before = generation;
    let nextWatch: FileWatch | undefined;
    try {
      const config = load();
      nextWatch = watchCredentials(config);
      await lists.prepare(config);
      const next = build(config, before);
      await httpServers.reload(config.http);
      try {
        await openListeners(next, () => {
          const { access, redact, refusalsPerSecond } = config.log;
          observer.configure({ accessLogs: access, upstreams: config.upstreams, redact, refusalsPerSecond });
        });
      } catch (error) {
        next.upstreams.discard(before.upstreams);
        throw error;
      }
      generation = next;
      watch.close();
      watch = nextWatch;
      lists.keep(config);
    } catch (error) {
      nextWatch?.close();
      lists.keep(before.config);
      const code = error instanceof MutualError ? error.code : 'internal';
      log.error({ code }, `reload failed, the configuration before it stays in force: ${messageOf(error)}`);
      observer.reloaded(false, messageOf(error));
      return false;
    }
    for (const [key, listener] of listeners) {
      if (generation.listenerPolicy(key) !== undefined) continue;
      listeners.delete(key);
      void listener.close();
    }
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
    log.info({ file: generation.config.source.file }, 'reloaded');
    observer.reloaded(true, `${generation.config.source.file} is in force`);
    dependencies.onInForce?.(generation.config, generation.credentials);
    return true;
  }

  async function end(timeoutMs: number): Promise<void> {
    ending = true;
    // A reload may be waiting for one of them.
    await lists.close();
    await reloading;
    watch.close();
    const closed = Promise.all([...listeners.values()].map((listener) => listener.close()));
    connections.endAll();
    await atMost(Promise.all([closed, connections.empty(), httpServers.drain()]), timeoutMs);
    await httpServers.stop();
    const cut = connections.cut();
    if (cut > 0 && timeoutMs > 0) log.warn({ connections: cut }, 'drain timeout: the connections left were cut');
    for (const listener of listeners.values()) listener.cut();
    await closed;
    reporter.close();
    await closeRest();
  }

  function listeningAddresses(): readonly ListeningAddress[] {
    const own = [...listeners.values()].map((listener) => describeAddress(listener, generation.config));
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

function describeHttpAddress({ listener, address, port }: HttpServers['addresses'][number]): ListeningAddress {
  const unix = address.startsWith('unix:') || port === 0;
  const host = address.includes(':') && !unix ? `[${address}]` : address;
  return { listener, host: address, port, url: unix ? listener : `http://${host}:${port}`, servers: ['http'] };
}

function describeAddress({ key, address }: Listener, config: Config): ListeningAddress {
  const servers = config.servers.filter(({ listen }) => listen.some((one) => one.key === key));
  const scheme = servers.some(({ tls }) => tls !== undefined) ? 'https' : 'http';
  const host =
    address.address.includes(':') && !address.address.startsWith('unix:') ? `[${address.address}]` : address.address;
  return {
    listener: key,
    host: address.address,
    port: address.port,
    url: address.address.startsWith('unix:') ? address.address : `${scheme}://${host}:${address.port}`,
    servers: servers.map(({ name }) => name),
  };
}
