// Revocation lists by URL: fetched in the background, kept on disk, and handed on as files, which are then read and
// judged like all others. What was good stays until something better is there; a server that is down costs nothing.

import { MutualError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { DownloadLimits } from './download-file.ts';
import { parseDownloadUrl } from './download-url.ts';
import { createDownloadedList, type DownloadedList, type DownloadLog, type StartTimer } from './downloaded-list.ts';

export interface CrlSource {
  /** http or https. http is as good: a list proves itself by its signature. */
  readonly url: string;
  readonly refreshMs: number;
}

export interface CrlDownloadOptions {
  readonly sources: readonly CrlSource[];
  /** Where copies are kept; made if it is missing, for this user alone. */
  readonly directory: string;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly log: DownloadLog;
  /** A file holds something else than when it was last told of, or than when `ready` was done. */
  readonly onChange: () => void;
  /**
   * Certificates of the CAs whose lists are expected, asked anew each time. A list that names one of them must carry its
   * signature. Default: none are known, and nothing is verified before the files are read elsewhere.
   */
  readonly issuers?: () => readonly Certificate[];
  /** Of one download. Default: 2 minutes, 128 MiB. */
  readonly limits?: Partial<DownloadLimits>;
  /** Default: timers of Node that do not keep the process running. */
  readonly startTimer?: StartTimer;
  /** From 0 to 1; default `Math.random`. */
  readonly random?: () => number;
}

export interface CrlDownloads {
  /**
   * Done when every list is there. A copy from before that still counts is enough, and so is one that has run out if
   * nothing newer can be had.
   *
   * @throws MutualError that tells, a line each, which lists cannot be had
   */
  ready(): Promise<void>;
  /** The file of each source, in their order. There once `ready` is done. */
  files(): string[];
  /** Asks every server now. Never rejects: the log tells what failed. */
  refresh(): Promise<void>;
  /** Gives up what is under way. Nothing is logged or told after the call. */
  close(): Promise<void>;
}

/** As large as a file of lists may be that is read from disk. */
const maxBytes = 128 * 1024 * 1024;

/** Begins to download at once. @throws MutualError `config-invalid` for a URL that cannot be fetched */
export function createCrlDownloads(options: CrlDownloadOptions): CrlDownloads {
  const {
    issuers = () => [],
    limits = {},
    random = Math.random,
    startTimer = (callback, delayMs) => {
      const timer = setTimeout(callback, delayMs).unref();
      return { cancel: () => clearTimeout(timer) };
    },
  } = options;
  // Whoever waits for `ready` has read no file yet that could have changed.
  let waited = false;
  const onChange = (): void => {
    if (waited) options.onChange();
  };
  const urls = options.sources.map(({ url }) => requireUrl(url));
  const lists = new Map<string, DownloadedList>();
  for (const url of urls) {
    if (lists.has(url.href)) continue;
    const wishes = options.sources.filter((_, i) => urls[i]?.href === url.href).map(({ refreshMs }) => refreshMs);
    lists.set(
      url.href,
      createDownloadedList({
        url,
        refreshMs: Math.min(...wishes),
        directory: options.directory,
        now: options.now,
        log: options.log,
        onChange,
        issuers,
        limits: { timeoutMs: 120_000, maxBytes, ...limits },
        startTimer,
        random,
      }),
    );
  }
  const each = [...lists.values()];
  return {
    async ready() {
      const results = await Promise.allSettled(each.map((list) => list.ready()));
      waited = true;
      const faults = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as MutualError] : []));
      const [first] = faults;
      if (first === undefined) return;
      throw faults.length === 1
        ? first
        : new MutualError(first.code, faults.map(({ message }) => message).join('\n'), { cause: first });
    },
    files: () => urls.flatMap(({ href }) => lists.get(href)?.place.file ?? []),
    async refresh() {
      await Promise.all(each.map((list) => list.refresh()));
    },
    async close() {
      await Promise.all(each.map((list) => list.close()));
    },
  };
}

function requireUrl(text: string): URL {
  const url = parseDownloadUrl(text);
  if (url !== undefined) return url;
  throw new MutualError(
    'config-invalid',
    `a revocation list cannot be fetched from ${JSON.stringify(text.replace(/\/\/.*@/, '//…@'))}: give a URL that starts with http:// or https://, without a password`,
  );
}
