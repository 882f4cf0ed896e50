// What workers have counted that are no more: it stays in the sums, or else a counter would go backwards when a worker is
// replaced. What was open or under way in them is not. Pure.

import { mergeReports, type Report } from '../gateway/status/report.ts';

/** @param ended what was last heard of one that is gone; `past` is what this has returned before */
export function addToPast(past: Report | undefined, ended: Report): Report {
  const { observation } = ended;
  const { counters } = observation;
  const over: Report = {
    ...ended,
    observation: {
      ...observation,
      seconds: { firstSecond: 0, seconds: [] },
      counters: {
        ...counters,
        connections: { ...counters.connections, closed: counters.connections.opened },
        requestsInFlight: 0,
        servers: counters.servers.map((server) => ({ ...server, closed: server.opened })),
      },
    },
    // The dead are not ready.
    reasons: [{ code: 'no-worker', text: 'this worker is gone' }],
    upstreams: [],
    processes: [],
  };
  return past === undefined ? over : (mergeReports([past, over]) ?? over);
}

/** @returns undefined where nobody lives: the dead alone say nothing of what is in force */
export function withPast(living: readonly Report[], past: Report | undefined): Report | undefined {
  if (living.length === 0) return undefined;
  return mergeReports(past === undefined ? living : [...living, past]);
}
