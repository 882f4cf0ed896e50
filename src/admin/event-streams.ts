// The streams of `GET /api/events`: those who listen in, server-sent events out (HTML Living Standard, section 9.2). While
// nobody listens nothing is asked and nothing made. A stream that is not read fast enough is skipped, told how much it
// missed, and ended if it stays so: nothing waits for it, and nothing is kept for it.

import type { Writable } from 'node:stream';
import { quantileOf } from '../gateway/observe/durations.ts';
import type { FeedEvent } from '../gateway/observe/feed.ts';
import type { Report } from '../gateway/status/report.ts';
import type { EventName, EventTypes } from './events.ts';
import { currentRates, readinessOf, refusalEntry } from './snapshot-of.ts';
import type { AdminSource } from './source.ts';
import { createUpstreamChanges } from './upstream-changes.ts';

export interface EventStreams {
  /** Takes a response whose head is written. Undefined: there are too many. */
  add(stream: Writable): boolean;
  close(): void;
}

export interface EventStreamsDependencies {
  readonly source: AdminSource;
  readonly version: string;
  readonly now: () => number;
  /** Default: as told below. */
  readonly limits?: Partial<typeof defaultLimits>;
}

const defaultLimits = {
  streams: 32,
  /** What may wait for a reader before events are left out. */
  waitingBytes: 64 * 1024,
  /** How long a reader may stand still before its stream is ended. */
  stalledMs: 30_000,
  mostPerSecond: 50,
};

/** Between comment lines that show that the connection lives. */
const heartbeatMs = 15_000;

interface Reader {
  readonly stream: Writable;
  readonly omitted: { requests: number; refusals: number; others: number };
  /** Since when it has not read anything; undefined: it reads. */
  stalledSinceMs: number | undefined;
}

export function createEventStreams({ source, version, now, limits = {} }: EventStreamsDependencies): EventStreams {
  const { streams: mostStreams, waitingBytes, stalledMs, mostPerSecond } = { ...defaultLimits, ...limits };
  const readers = new Set<Reader>();
  const upstreamChanges = createUpstreamChanges();
  let unsubscribe: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lastSecond = 0;
  let lastReadiness = '';
  let beatAtMs = 0;

  function broadcast<Name extends EventName>(name: Name, data: EventTypes[Name]): void {
    let text: string | undefined;
    for (const reader of readers) {
      if (reader.stream.writableLength > waitingBytes) {
        omit(reader, name);
        continue;
      }
      // Once for all of them, and not at all where everybody stands still.
      text ??= eventText(name, data);
      reader.stream.write(text);
    }
  }

  function omit({ omitted }: Reader, name: EventName): void {
    if (name === 'request') omitted.requests += 1;
    else if (name === 'refusal') omitted.refusals += 1;
    else omitted.others += 1;
  }

  function onFeed(event: FeedEvent): void {
    switch (event.kind) {
      case 'request':
        broadcast('request', event.data);
        break;
      case 'refusal':
        broadcast('refusal', refusalEntry(event.data));
        break;
      case 'reload':
        broadcast('reload', event.data);
        break;
      case 'omitted':
        for (const { omitted } of readers) {
          omitted.requests += event.data.requests;
          omitted.refusals += event.data.refusals;
        }
    }
  }

  /** Looks after each reader: what it missed is told once it reads again. */
  function lookAfter(reader: Reader, nowMs: number): void {
    const { stream, omitted } = reader;
    if (stream.writableLength > waitingBytes) {
      reader.stalledSinceMs ??= nowMs;
      if (nowMs - reader.stalledSinceMs > stalledMs) remove(reader);
      return;
    }
    reader.stalledSinceMs = undefined;
    if (omitted.requests + omitted.refusals + omitted.others === 0) return;
    stream.write(eventText('omitted', { ...omitted }));
    Object.assign(omitted, { requests: 0, refusals: 0, others: 0 });
  }

  async function look(): Promise<void> {
    // Ten seconds for the rates, and what may have been missed.
    const report = await source.report(Math.min(lastSecond, Math.floor(now() / 1000) - 11) - 1);
    tellSeconds(report);
    const readiness = readinessOf(report);
    if (JSON.stringify(readiness) !== lastReadiness) {
      if (lastReadiness !== '') broadcast('readiness', readiness);
      lastReadiness = JSON.stringify(readiness);
    }
    if (report !== undefined) {
      for (const change of upstreamChanges.since(report, now())) broadcast('upstream', change);
    }
  }

  function tellSeconds(report: Report | undefined): void {
    if (report === undefined) return;
    const { firstSecond, seconds } = report.observation.seconds;
    const rates = currentRates(report);
    for (const [index, one] of seconds.entries()) {
      const second = firstSecond + index;
      if (second <= lastSecond) continue;
      lastSecond = second;
      broadcast('second', {
        second,
        now: rates,
        requests: one.requests,
        refusals: one.refusals,
        p50Ms: quantileOf(one.durations, 0.5),
        p99Ms: quantileOf(one.durations, 0.99),
        connections: one.connections,
        requestsInFlight: report.observation.counters.requestsInFlight,
        bytesReceived: one.bytesReceived,
        bytesSent: one.bytesSent,
      });
    }
  }

  function tick(): void {
    const nowMs = now();
    for (const reader of [...readers]) lookAfter(reader, nowMs);
    if (nowMs - beatAtMs >= heartbeatMs) {
      beatAtMs = nowMs;
      for (const { stream } of readers) if (stream.writableLength === 0) stream.write(': \n\n');
    }
    look()
      .catch(() => {
        // The process that was asked has just gone: the next second tells.
      })
      .finally(wait);
  }

  function wait(): void {
    clearTimeout(timer);
    // Behind the end of a second, when the processes have counted it.
    if (readers.size > 0) timer = setTimeout(tick, 1020 - (now() % 1000)).unref();
  }

  function start(): void {
    lastSecond = Math.floor(now() / 1000) - 1;
    beatAtMs = now();
    lastReadiness = '';
    upstreamChanges.forget();
    unsubscribe = source.subscribe(onFeed);
    wait();
  }

  function remove(reader: Reader): void {
    if (!readers.delete(reader)) return;
    reader.stream.destroy();
    if (readers.size > 0) return;
    clearTimeout(timer);
    unsubscribe?.();
    unsubscribe = undefined;
  }

  return {
    add(stream) {
      if (readers.size >= mostStreams) return false;
      const reader: Reader = {
        stream,
        omitted: { requests: 0, refusals: 0, others: 0 },
        stalledSinceMs: undefined,
      };
      stream.on('error', () => remove(reader));
      stream.once('close', () => remove(reader));
      readers.add(reader);
      const startedAtMs = now() - Math.round(process.uptime() * 1000);
      stream.write(eventText('hello', { format: 1, version, startedAtMs, atMs: now(), mostPerSecond }));
      if (readers.size === 1) start();
      return true;
    },
    close() {
      for (const reader of [...readers]) {
        reader.stream.end();
        remove(reader);
      }
    },
  };
}

/** JSON has no line breaks of its own: one `data:` line holds it. */
function eventText<Name extends EventName>(name: Name, data: EventTypes[Name]): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
