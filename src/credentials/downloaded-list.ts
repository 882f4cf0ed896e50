// Keeps the revocation list of one URL new: downloads it again and again, takes what is good, and leaves the last good
// copy in its place whatever the server sends or does not send. Says in the log when it cannot, once for each time.

import { mkdir, readFile, rm } from 'node:fs/promises';
import { type ErrorCode, MutualError, messageOf, systemCodeOf } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import {
  type CopyPlace,
  type CrlCopy,
  copyPlaceOf,
  readCopy,
  removeLeftovers,
  replaceCopy,
  temporaryFileOf,
} from './crl-copy.ts';
import { firstToEnd, isInForce, parseCrlFile } from './crl-file.ts';
import { decideReplacement } from './crl-replacement.ts';
import { decideNextDownload } from './crl-schedule.ts';
import { type DownloadLimits, downloadFile, type Validators } from './download-file.ts';
import { printDownloadUrl } from './download-url.ts';

/** A pino logger will do. */
export interface DownloadLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

/** Calls back once, unless it is cancelled before. Must not keep the process running. */
export type StartTimer = (callback: () => void, delayMs: number) => { cancel(): void };

export interface DownloadedListOptions {
  readonly url: URL;
  readonly refreshMs: number;
  readonly directory: string;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly log: DownloadLog;
  /** The copy holds something else than before, or something for the first time. */
  readonly onChange: () => void;
  readonly issuers: () => readonly Certificate[];
  readonly limits: DownloadLimits;
  readonly startTimer: StartTimer;
  readonly random: () => number;
}

export interface DownloadedList {
  readonly place: CopyPlace;
  /** @throws MutualError if there is no copy and none can be had */
  ready(): Promise<void>;
  /** Asks the server now, or joins the question under way. Never rejects. */
  refresh(): Promise<void>;
  /** Ends when nothing is under way any more. */
  close(): Promise<void>;
}

export function createDownloadedList(options: DownloadedListOptions): DownloadedList {
  const { url, refreshMs, now, log, issuers, startTimer } = options;
  const place = copyPlaceOf(options.directory, url);
  const shown = printDownloadUrl(url);
  const closing = new AbortController();
  let copy: CrlCopy | undefined;
  let toldSha256: string | undefined;
  let attempts = 0;
  let failures = 0;
  let failure: MutualError | undefined;
  let running: Promise<void> | undefined;
  let timer: { cancel(): void } | undefined;

  const opened = open();
  void opened.then(refresh);

  async function open(): Promise<void> {
    await removeLeftovers(place, now());
    await look();
    toldSha256 = copy?.sha256;
  }

  /** What is on disk counts, not what was: it may be gone, or another process may have fetched a newer one. */
  async function look(): Promise<void> {
    try {
      copy = await readCopy(place, issuers(), copy);
    } catch (error) {
      copy = undefined;
      log.warn(
        { code: codeOf(error) },
        `the copy ${place.file} of the revocation list ${shown} is of no use: ${messageOf(error)}`,
      );
    }
  }

  function refresh(): Promise<void> {
    running ??= attempt().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function attempt(): Promise<void> {
    await opened;
    timer?.cancel();
    if (closing.signal.aborted) return;
    attempts += 1;
    const before = toldSha256;
    try {
      await look();
      await fetchNew();
      checkInForce();
      succeeded(before);
    } catch (error) {
      // Whatever stopped a download that was given up is nobody's fault.
      if (!closing.signal.aborted) failed(error);
    }
    if (closing.signal.aborted || copy === undefined || copy.sha256 === toldSha256) return;
    toldSha256 = copy.sha256;
    options.onChange();
  }

  async function fetchNew(): Promise<void> {
    await mkdir(place.directory, { recursive: true, mode: 0o700 });
    const file = temporaryFileOf(place);
    try {
      const validators = copy !== undefined && isInForce(copy, now()) ? copy.validators : undefined;
      const answer = await downloadFile({ url, file, validators, signal: closing.signal, ...options.limits });
      if (answer !== 'unchanged') await take(file, answer);
    } finally {
      await rm(file, { force: true });
    }
  }

  async function take(file: string, validators: Validators): Promise<void> {
    const found = parseCrlFile(await readFile(file), 'the answer', issuers());
    await look();
    closing.signal.throwIfAborted();
    const reason = decideReplacement(copy, found, now());
    if (reason !== undefined) throw new MutualError('crl-invalid', `the answer is refused: ${reason}`);
    copy = await replaceCopy(place, file, found, validators);
  }

  /** A server that sends nothing newer than what has run out has failed, too. */
  function checkInForce(): void {
    if (copy === undefined || isInForce(copy, now())) return;
    throw new MutualError('crl-unavailable', 'the server has none that counts now');
  }

  function succeeded(before: string | undefined): void {
    if (failures > 0) log.info({}, `the revocation list ${shown} is fetched again: ${standing()}`);
    else if (copy?.sha256 !== before) log.info({}, `the revocation list ${shown} was fetched: ${standing()}`);
    failures = 0;
    failure = undefined;
    schedule();
  }

  function failed(error: unknown): void {
    failures += 1;
    const code = codeOf(error);
    const what = `the revocation list ${shown} cannot be fetched: ${messageOf(error)}; ${standing()}`;
    failure = new MutualError(code, what, { cause: error });
    const delayMs = schedule();
    // The first time, with nothing to fall back on, `ready` rejects with the same line.
    if (attempts === 1 && copy === undefined) return;
    const level = copy !== undefined && isInForce(copy, now()) ? 'warn' : 'error';
    log[level]({ code }, `${what}; next try in ${Math.round(delayMs / 1000)} s`);
  }

  /** What counts at the moment, and until when. */
  function standing(): string {
    if (copy === undefined) return `there is no copy of it in ${place.directory}`;
    const names = [...new Set(copy.lists.map(({ issuerDn }) => `"${issuerDn}"`))].join(' and ');
    const from = copy.lists.map(({ thisUpdate }) => thisUpdate.getTime()).sort((a, b) => b - a)[0] ?? 0;
    const until = firstToEnd(copy)?.nextUpdate;
    if (until !== undefined && until.getTime() < now()) return `the list of ${names} ran out on ${until.toISOString()}`;
    const end = until === undefined ? 'without an end' : `until ${until.toISOString()}`;
    return `the list of ${names} ${from > now() ? 'counts only' : 'is in force'} from ${new Date(from).toISOString()} ${end}`;
  }

  function schedule(): number {
    const first = copy === undefined ? undefined : firstToEnd(copy);
    const delayMs = decideNextDownload({
      nowMs: now(),
      refreshMs,
      failures,
      firstToEnd: first,
      chance: options.random(),
    });
    timer = startTimer(() => void refresh(), delayMs);
    return delayMs;
  }

  return {
    place,
    refresh,
    async ready() {
      await opened;
      if (copy !== undefined && isInForce(copy, now())) return;
      await refresh();
      // One that has run out is better than none: what to do then is the operator's choice.
      if (copy === undefined)
        throw failure ?? new MutualError('crl-unavailable', `the revocation list ${shown} was not fetched`);
    },
    async close() {
      closing.abort();
      timer?.cancel();
      await opened;
      await running;
    },
  };
}

/** Errors of the system that get this far are those of writing the copy. */
function codeOf(error: unknown): ErrorCode {
  if (error instanceof MutualError) return error.code;
  return systemCodeOf(error) === undefined ? 'internal' : 'file-unwritable';
}
