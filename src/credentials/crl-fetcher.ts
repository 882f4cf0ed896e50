// Keeps the revocation lists of a configuration coming: those whose URL it names, and those that certificates name. What
// is there when it is read is for others; here is only seen to it that it is, and told when something new has come.

import type { Config, CrlUrlConfig } from '../config/schema.ts';
import { MutualError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { loadAnchors } from './anchors.ts';
import { type CrlDownloads, createCrlDownloads } from './crl-download.ts';
import { crlUrlsOf, type LearnedUrls } from './crl-sources.ts';
import type { DownloadLog } from './downloaded-list.ts';

export interface CrlFetcherOptions {
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly log: DownloadLog;
  /** A copy has changed since it was waited for. */
  readonly onChange: () => void;
  /** The longest that a start, a reload or a client waits for lists. Default: 10 s. */
  readonly patienceMs?: number;
}

export interface CrlFetcher {
  /** Done when every list of the configuration is there, or cannot be had now: the log tells which. Never rejects. */
  prepare(config: Config): Promise<void>;
  /** Gives up the lists that this configuration does not need. */
  keep(config: Config): void;
  /**
   * Fetches the lists that a verified certificate of a client of this server block names.
   *
   * @returns whether one has come that was not there before
   */
  learn(config: Config, server: string, urls: readonly string[]): Promise<boolean>;
  readonly learned: LearnedUrls;
  close(): Promise<void>;
}

interface Entry {
  readonly url: string;
  readonly downloads: CrlDownloads;
  /** Whether the list is there; settled once it was fetched, or could not be. */
  readonly ready: Promise<boolean>;
  settled: boolean;
}

/** Lists that clients have named, for one server block: a CA has one or two, or some dozens where it splits them. */
const mostLearned = 100;

export function createCrlFetcher({ now, log, onChange, patienceMs = 10_000 }: CrlFetcherOptions): CrlFetcher {
  const entries = new Map<string, Entry>();
  const learnedBy = new Map<string, Set<string>>();
  let issuers: readonly Certificate[] = [];
  let closed = false;
  const learned: LearnedUrls = (server) => [...(learnedBy.get(server) ?? [])];

  function wantedBy(config: Config): Map<string, CrlUrlConfig> {
    const wanted = new Map<string, CrlUrlConfig>();
    const add = (urls: readonly CrlUrlConfig[]): void => {
      for (const one of urls) {
        const before = wanted.get(one.url);
        if (before === undefined || one.refreshMs < before.refreshMs) wanted.set(one.url, one);
      }
    };
    for (const { name, tls } of config.servers) {
      if (tls !== undefined) add(crlUrlsOf(tls.clients, anchorsOf(tls.clients.ca), learned(name)));
    }
    if (config.admin?.tls !== undefined)
      add(crlUrlsOf(config.admin.tls.clients, anchorsOf(config.admin.tls.clients.ca)));
    for (const { tls } of Object.values(config.upstreams)) if (tls !== undefined) add(crlUrlsOf(tls, []));
    return new Map([...wanted.values()].map((one) => [keyOf(config, one), one]));
  }

  function open(config: Config, { url, refreshMs }: CrlUrlConfig): Entry {
    const key = keyOf(config, { url, refreshMs });
    const known = entries.get(key);
    if (known !== undefined) return known;
    const downloads = createCrlDownloads({
      sources: [{ url, refreshMs }],
      directory: config.crlCache ?? '',
      ...{ now, log, onChange },
      issuers: () => issuers,
    });
    const ready = downloads.ready().then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof MutualError)) throw error;
        if (!closed) log.error({ code: error.code }, error.message);
        return false;
      },
    );
    const entry: Entry = { url, downloads, ready, settled: false };
    void ready.then(() => {
      entry.settled = true;
    });
    entries.set(key, entry);
    return entry;
  }

  /** Waits as long as patience lasts; what comes later is told as a change. */
  async function wait(waiting: readonly Entry[]): Promise<boolean> {
    const all = Promise.all(waiting.map(({ ready }) => ready));
    const { promise: over, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), patienceMs);
    const results = await Promise.race([all, over]);
    clearTimeout(timer);
    if (results !== undefined) return results.includes(true);
    void all.then((late) => {
      if (late.includes(true) && !closed) onChange();
    });
    return false;
  }

  return {
    learned,
    async prepare(config) {
      issuers = issuersOf(config);
      const wanted = [...wantedBy(config).values()];
      const fresh = wanted.map((one) => open(config, one)).filter(({ settled }) => !settled);
      if (fresh.length > 0) await wait(fresh);
    },
    keep(config) {
      const wanted = wantedBy(config);
      for (const [key, { downloads }] of entries) {
        if (wanted.has(key)) continue;
        entries.delete(key);
        void downloads.close();
      }
    },
    async learn(config, server, urls) {
      const known = learnedBy.get(server) ?? new Set<string>();
      learnedBy.set(server, known);
      // Asked for every client without a list: what cannot be had is not looked for again with each.
      const isOver = (url: string): boolean =>
        known.has(url) && [...entries.values()].some((entry) => entry.url === url && entry.settled);
      if (urls.every(isOver)) return false;
      for (const url of urls) if (known.size < mostLearned) known.add(url);
      const own = [...wantedBy(config).values()].filter(({ url }) => urls.includes(url) && known.has(url));
      const fresh = own.map((one) => open(config, one)).filter(({ settled }) => !settled);
      return fresh.length > 0 && (await wait(fresh));
    },
    async close() {
      closed = true;
      await Promise.all([...entries.values()].map(({ downloads }) => downloads.close()));
      entries.clear();
    },
  };
}

function keyOf({ crlCache }: Config, { url, refreshMs }: CrlUrlConfig): string {
  return `${crlCache} ${refreshMs} ${url}`;
}

/** Every CA that a list may be of. */
function issuersOf(config: Config): readonly Certificate[] {
  const files = [
    ...config.servers.flatMap(({ tls }) => tls?.clients.ca ?? []),
    ...Object.values(config.upstreams).flatMap(({ tls }) => (tls === undefined || tls.ca === 'system' ? [] : tls.ca)),
  ];
  return anchorsOf(files);
}

/** What is wrong with these files is told by those who need them. */
function anchorsOf(files: readonly string[]): readonly Certificate[] {
  return [...new Set(files)].flatMap((file) => {
    try {
      return loadAnchors([file], 'the CA', 0).certificates;
    } catch (error) {
      if (error instanceof MutualError) return [];
      throw error;
    }
  });
}
