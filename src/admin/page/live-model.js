// A snapshot and an event in, the next snapshot out. Only what an event says exactly is taken over; of everything else the
// next snapshot tells. Pure: nothing that is given is changed.

/** @import { Snapshot, RefusalEntry, ReasonCount } from '../snapshot.ts' */
/** @import { SecondEvent } from '../events.ts' */

/** As many seconds as the gateway itself keeps. */
const mostSeconds = 600;

/**
 * @param {Snapshot} snapshot
 * @param {SecondEvent} event
 * @returns {Snapshot} the same where the second is known already
 */
export function withSecond(snapshot, event) {
  const { history } = snapshot;
  const next = history.firstSecond + history.requests.length;
  if (history.requests.length > 0 && event.second < next) return snapshot;
  // What was missed is not known: it is shown as nothing until the next snapshot.
  const missed = history.requests.length === 0 ? 0 : Math.min(event.second - next, mostSeconds);
  /** @type {<T>(values: readonly T[], gap: T, value: T) => T[]} */
  const add = (values, gap, value) => [...values, ...Array(missed).fill(gap), value].slice(-mostSeconds);
  const requests = add(history.requests, 0, event.requests);
  return {
    ...snapshot,
    now: event.now,
    history: {
      firstSecond: event.second - requests.length + 1,
      requests,
      refusals: add(history.refusals, 0, event.refusals),
      p50Ms: add(history.p50Ms, null, event.p50Ms),
      p99Ms: add(history.p99Ms, null, event.p99Ms),
      connections: add(history.connections, event.connections, event.connections),
      bytesReceived: add(history.bytesReceived, 0, event.bytesReceived),
      bytesSent: add(history.bytesSent, 0, event.bytesSent),
    },
  };
}

/**
 * @param {Snapshot} snapshot
 * @param {RefusalEntry} entry
 * @returns {Snapshot} the same where the refusal is known already
 */
export function withRefusal(snapshot, entry) {
  const { refusals, totals } = snapshot;
  if (refusals.entries.some(({ id }) => id === entry.id)) return snapshot;
  return {
    ...snapshot,
    totals: { ...totals, refusals: totals.refusals + 1 },
    refusals: { ...refusals, entries: [entry, ...refusals.entries].slice(0, refusals.capacity) },
    refusalsByReason: countReason(snapshot.refusalsByReason, entry),
  };
}

/**
 * @param {readonly ReasonCount[]} reasons
 * @param {RefusalEntry} entry
 * @returns {ReasonCount[]}
 */
function countReason(reasons, { code, title, fault, atMs }) {
  const before = reasons.find((reason) => reason.code === code);
  const next = { code, title, fault, count: (before?.count ?? 0) + 1, lastAtMs: atMs };
  return [...reasons.filter((reason) => reason.code !== code), next].sort((a, b) => b.count - a.count);
}

/**
 * A snapshot that was asked for with `since` brings only the newest of the history.
 * @param {Snapshot | undefined} before
 * @param {Snapshot} after
 * @returns {Snapshot}
 */
export function joinHistory(before, after) {
  const older = before?.history;
  const newer = after.history;
  if (older === undefined || before?.program.startedAtMs !== after.program.startedAtMs) return after;
  if (newer.requests.length === 0) return { ...after, history: older };
  const kept = newer.firstSecond - older.firstSecond;
  // A gap, or nothing to keep: what came is all there is.
  if (kept <= 0 || kept > older.requests.length) return after;
  /** @type {<T>(old: readonly T[], fresh: readonly T[]) => T[]} */
  const join = (old, fresh) => [...old.slice(0, kept), ...fresh].slice(-mostSeconds);
  const requests = join(older.requests, newer.requests);
  return {
    ...after,
    history: {
      firstSecond: newer.firstSecond + newer.requests.length - requests.length,
      requests,
      refusals: join(older.refusals, newer.refusals),
      p50Ms: join(older.p50Ms, newer.p50Ms),
      p99Ms: join(older.p99Ms, newer.p99Ms),
      connections: join(older.connections, newer.connections),
      bytesReceived: join(older.bytesReceived, newer.bytesReceived),
      bytesSent: join(older.bytesSent, newer.bytesSent),
    },
  };
}
