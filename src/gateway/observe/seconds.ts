// What went on in each of the last ten minutes' seconds: told of each request and refusal, and of every second that is
// over. It never grows: old seconds fall out.

import { addSparse, narrowBucketOf, narrowBuckets, type SparseCounts, sparseOf } from './durations.ts';

/** Seconds that are remembered. */
export const secondsKept = 600;

export interface SecondCounts {
  readonly requests: number;
  readonly refusals: number;
  readonly durations: SparseCounts;
  /** Open at its end. */
  readonly connections: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

/** Seconds that follow one another without a gap, the oldest first. */
export interface SecondsSnapshot {
  /** Unix time in seconds of the first. */
  readonly firstSecond: number;
  readonly seconds: readonly SecondCounts[];
}

export interface Seconds {
  finished(durationMs: number, bytesReceived: number, bytesSent: number): void;
  refused(): void;
  /** Ends every second that is over by now; what was told since the last call belongs to the first of them. */
  tick(nowMs: number, openConnections: number): void;
  /** @param after only the seconds behind this one */
  snapshot(after?: number): SecondsSnapshot;
}

export function createSeconds(startedAtMs: number): Seconds {
  const ended: SecondCounts[] = [];
  const durations = new Uint32Array(narrowBuckets);
  const sums = { requests: 0, refusals: 0, bytesReceived: 0, bytesSent: 0 };
  /** The second that is not over. */
  let current = Math.floor(startedAtMs / 1000);

  function endSecond(connections: number): void {
    ended.push({ ...sums, durations: sums.requests === 0 ? nothing : sparseOf(durations), connections });
    if (sums.requests > 0) durations.fill(0);
    Object.assign(sums, { requests: 0, refusals: 0, bytesReceived: 0, bytesSent: 0 });
    current += 1;
    // Not one at a time: an array that is shifted every second is copied every second.
    if (ended.length >= 2 * secondsKept) ended.splice(0, ended.length - secondsKept);
  }

  return {
    finished(durationMs, bytesReceived, bytesSent) {
      const bucket = narrowBucketOf(durationMs);
      durations[bucket] = (durations[bucket] ?? 0) + 1;
      sums.requests += 1;
      sums.bytesReceived += bytesReceived;
      sums.bytesSent += bytesSent;
    },
    refused() {
      sums.refusals += 1;
    },
    tick(nowMs, openConnections) {
      const now = Math.floor(nowMs / 1000);
      // A clock that was set, or a machine that slept: what is known belongs to another time.
      if (now < current - 2 || now - current > secondsKept) {
        ended.length = 0;
        current = now;
        return;
      }
      while (current < now) endSecond(openConnections);
    },
    snapshot(after = Number.NEGATIVE_INFINITY) {
      const first = Math.max(current - Math.min(ended.length, secondsKept), after + 1);
      const count = Math.max(0, current - first);
      return { firstSecond: Math.min(first, current), seconds: count === 0 ? [] : ended.slice(-count) };
    },
  };
}

const nothing: SparseCounts = [];

/** The sums over processes, of the seconds that all of them have ended. Pure. */
export function mergeSeconds(all: readonly SecondsSnapshot[]): SecondsSnapshot {
  const [only, ...others] = all;
  if (only !== undefined && others.length === 0) return only;
  const filled = all.filter(({ seconds }) => seconds.length > 0);
  if (filled.length === 0) return { firstSecond: only?.firstSecond ?? 0, seconds: [] };
  const first = Math.min(...filled.map(({ firstSecond }) => firstSecond));
  const end = Math.min(...filled.map(({ firstSecond, seconds }) => firstSecond + seconds.length));
  const merged: SecondCounts[] = [];
  for (let second = first; second < end; second += 1) {
    merged.push(addSeconds(filled.flatMap(({ firstSecond, seconds }) => seconds[second - firstSecond] ?? [])));
  }
  return { firstSecond: first, seconds: merged };
}

function addSeconds(all: readonly SecondCounts[]): SecondCounts {
  const sum = (read: (one: SecondCounts) => number): number => all.reduce((total, one) => total + read(one), 0);
  return {
    requests: sum(({ requests }) => requests),
    refusals: sum(({ refusals }) => refusals),
    durations: addSparse(all.map(({ durations }) => durations)),
    connections: sum(({ connections }) => connections),
    bytesReceived: sum(({ bytesReceived }) => bytesReceived),
    bytesSent: sum(({ bytesSent }) => bytesSent),
  };
}
