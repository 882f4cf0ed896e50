// Downloads of revocation lists under the eyes of a test: a clock and timers that stand still until they are told, the
// log as lines, and a server that serves whatever the test wants it to.

import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CrlDownloadOptions, type CrlDownloads, createCrlDownloads } from '../../src/credentials/crl-download.ts';
import type { AfterHook } from './openssl.ts';

export interface CrlServer {
  readonly server: Server;
  readonly url: string;
  /** One for each request that came, oldest first. */
  readonly requests: IncomingMessage[];
  /** What is served; an ETag with it, and 304 where it is asked for. */
  list: string;
  /** In place of the list. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
}

/** @param list path of a revocation list */
export async function startCrlServer(
  t: AfterHook,
  list: string,
  create: (listener: RequestListener) => Server = createServer,
): Promise<CrlServer> {
  const requests: IncomingMessage[] = [];
  const server = create((request, response) => {
    requests.push(request);
    if (served.answer === undefined) serveList(served.list, request, response);
    else served.answer(request, response);
  });
  const served: CrlServer = { server, url: '', requests, list, answer: undefined };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(served, { url: `http://127.0.0.1:${port}/ca.crl` });
}

function serveList(list: string, request: IncomingMessage, response: ServerResponse): void {
  const content = readFileSync(list);
  const etag = `"${hash('sha256', content).slice(0, 16)}"`;
  const isKnown = request.headers['if-none-match'] === etag;
  response.writeHead(isKnown ? 304 : 200, { etag }).end(isKnown ? undefined : content);
}

export interface WatchedDownloads extends CrlDownloads {
  /** `warn crl-unavailable: the revocation list …` */
  readonly lines: string[];
  /** Delays of the timers that were started, oldest first. */
  readonly delays: number[];
  /** Calls of `onChange`. */
  readonly changes: () => number;
  readonly clock: { nowMs: number };
  /** Timers that are waiting. */
  readonly timers: () => number;
  /** Lets the timers run out, and waits for what that begins. */
  elapse(): Promise<void>;
}

/** Closed after the test. Chance never shortens a delay. */
export function watchDownloads(
  t: AfterHook,
  urls: string | readonly string[],
  directory: string,
  options: Partial<CrlDownloadOptions> = {},
): WatchedDownloads {
  const lines: string[] = [];
  const delays: number[] = [];
  const clock = { nowMs: Date.now() };
  let changes = 0;
  const pending = new Set<() => void>();
  const note =
    (level: string) =>
    (fields: { code?: string }, text: string): void => {
      lines.push(`${level}${fields.code === undefined ? '' : ` ${fields.code}`}: ${text}`);
    };
  const downloads = createCrlDownloads({
    sources: [urls].flat().map((url) => ({ url, refreshMs: 3_600_000 })),
    directory,
    now: () => clock.nowMs,
    log: { info: note('info'), warn: note('warn'), error: note('error') },
    onChange: () => {
      changes += 1;
    },
    startTimer: (callback, delayMs) => {
      delays.push(delayMs);
      const run = (): void => {
        if (pending.delete(run)) callback();
      };
      pending.add(run);
      return { cancel: () => void pending.delete(run) };
    },
    random: () => 0,
    ...options,
  });
  t.after(() => void downloads.close());
  return {
    ...downloads,
    lines,
    delays,
    clock,
    changes: () => changes,
    timers: () => pending.size,
    async elapse() {
      for (const run of pending) run();
      await downloads.refresh();
    },
  };
}
