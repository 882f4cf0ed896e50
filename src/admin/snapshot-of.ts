// What the processes report in, what `GET /api/snapshot` answers out. Pure.

import { errorKinds } from '../errors.ts';
import { clientsKept } from '../gateway/observe/clients-seen.ts';
import { addSparse, quantileOf } from '../gateway/observe/durations.ts';
import { type RefusalRecord, refusalsKept } from '../gateway/observe/refusal-record.ts';
import type { SecondCounts } from '../gateway/observe/seconds.ts';
import { type CredentialItem, credentialStateOf } from '../gateway/status/credential-items.ts';
import type { Report } from '../gateway/status/report.ts';
import { plainWordsOf } from './plain-words.ts';
import type {
  CertificateEntry,
  CurrentRates,
  History,
  Readiness,
  ReasonCount,
  RefusalEntry,
  Snapshot,
  Totals,
  UpstreamEntry,
} from './snapshot.ts';

export interface SnapshotFacts {
  /** Of mutual. */
  readonly version: string;
  /** Unix time in milliseconds. */
  readonly nowMs: number;
  /** Of the history only the seconds behind this one. */
  readonly after?: number | undefined;
}

/** @param report with at least the last ten seconds in it */
export function snapshotOf(report: Report, { version, nowMs, after }: SnapshotFacts): Snapshot {
  const { observation, processes, configuration } = report;
  const { counters, clients, refusals } = observation;
  const startedAtMs = Math.min(nowMs, ...processes.map((one) => one.startedAtMs));
  return {
    format: 1,
    takenAtMs: nowMs,
    program: {
      version,
      nodeVersion: process.versions.node,
      opensslVersion: process.versions.openssl,
      startedAtMs,
      uptimeSeconds: Math.floor((nowMs - startedAtMs) / 1000),
      addresses: report.addresses.map(({ url, servers }) => ({ url, servers })),
    },
    readiness: readinessOf(report),
    now: currentRates(report),
    totals: totalsOf(report),
    history: historyOf(report, after),
    connections: counters.servers.map(({ server, isTls, opened, closed, refused }) => ({
      server,
      isTls,
      open: opened - closed,
      opened,
      refused,
    })),
    refusalsByReason: reasonCounts(report),
    clients: { entries: clients.entries, capacity: clientsKept, forgotten: clients.forgotten },
    refusals: { entries: refusals.map(refusalEntry), capacity: refusalsKept },
    certificates: report.credentials.map((item) => certificateEntry(item, nowMs)),
    upstreams: upstreamEntries(report),
    configuration: { ...configuration, reloads: counters.reloads, lastReload: observation.lastReload },
    processes: processes.map((one) => ({ ...one })),
  };
}

export function readinessOf(report: Pick<Report, 'reasons'> | undefined): Readiness {
  if (report === undefined) {
    const text = 'no process is serving: the log says why';
    return { ready: false, reasons: [{ code: 'no-worker', text }] };
  }
  return { ready: report.reasons.length === 0, reasons: report.reasons };
}

const windowSeconds = 10;

export function currentRates({ observation: { seconds, counters } }: Report): CurrentRates {
  const window = seconds.seconds.slice(-windowSeconds);
  const { opened, closed } = counters.connections;
  const rate = (read: (one: SecondCounts) => number): number =>
    window.length === 0 ? 0 : Math.round((window.reduce((sum, one) => sum + read(one), 0) / window.length) * 100) / 100;
  const durations = addSparse(window.map((one) => one.durations));
  return {
    windowSeconds: window.length,
    requestsPerSecond: rate(({ requests }) => requests),
    refusalsPerSecond: rate(({ refusals }) => refusals),
    p50Ms: quantileOf(durations, 0.5),
    p99Ms: quantileOf(durations, 0.99),
    bytesReceivedPerSecond: rate(({ bytesReceived }) => bytesReceived),
    bytesSentPerSecond: rate(({ bytesSent }) => bytesSent),
    openConnections: opened - closed,
    requestsInFlight: counters.requestsInFlight,
  };
}

/** A client that goes away is no refusal, though it is counted like one. */
function reasonCounts({ observation: { counters } }: Report): readonly ReasonCount[] {
  const byCode = new Map<string, ReasonCount>();
  for (const { refusals } of counters.servers) {
    for (const { code, count, lastAtMs } of refusals) {
      if (code === 'client-closed') continue;
      const known = byCode.get(code);
      byCode.set(code, {
        code,
        title: plainWordsOf(code).title,
        fault: errorKinds[code].fault,
        count: count + (known?.count ?? 0),
        lastAtMs: Math.max(lastAtMs, known?.lastAtMs ?? 0),
      });
    }
  }
  return [...byCode.values()].sort((a, b) => b.count - a.count);
}

function totalsOf(report: Report): Totals {
  const { counters } = report.observation;
  const handshakes = { full: 0, resumed: 0, failed: 0 };
  for (const { result, resumed, count } of counters.handshakes) {
    if (result !== 'accepted') handshakes.failed += count;
    else handshakes[resumed ? 'resumed' : 'full'] += count;
  }
  return {
    requests: Object.values(counters.requests).reduce((sum, count) => sum + count, 0),
    requestsByStatus: counters.requests,
    refusals: reasonCounts(report).reduce((sum, { count }) => sum + count, 0),
    connectionsOpened: counters.connections.opened,
    handshakes,
    bytesReceived: counters.requestBodyBytes,
    bytesSent: counters.responseBodyBytes,
  };
}

function historyOf({ observation }: Report, after = Number.NEGATIVE_INFINITY): History {
  const { firstSecond, seconds } = observation.seconds;
  const skipped = Math.min(seconds.length, Math.max(0, after + 1 - firstSecond));
  const shown = seconds.slice(skipped);
  return {
    firstSecond: firstSecond + skipped,
    requests: shown.map(({ requests }) => requests),
    refusals: shown.map(({ refusals }) => refusals),
    p50Ms: shown.map(({ durations }) => quantileOf(durations, 0.5)),
    p99Ms: shown.map(({ durations }) => quantileOf(durations, 0.99)),
    connections: shown.map(({ connections }) => connections),
    bytesReceived: shown.map(({ bytesReceived }) => bytesReceived),
    bytesSent: shown.map(({ bytesSent }) => bytesSent),
  };
}

export function refusalEntry({ advice, ...record }: RefusalRecord): RefusalEntry {
  const words = plainWordsOf(record.code, { verifyError: record.verifyError, advice });
  return { ...record, ...words, fault: errorKinds[record.code].fault };
}

const dayMs = 24 * 60 * 60 * 1000;

function certificateEntry(item: CredentialItem, nowMs: number): CertificateEntry {
  const { nearFromMs, ...rest } = item;
  return {
    ...rest,
    daysLeft: item.notAfterMs === null ? null : Math.floor((item.notAfterMs - nowMs) / dayMs),
    state: credentialStateOf({ ...item, nearFromMs }, nowMs),
  };
}

export function upstreamEntries({ upstreams, observation }: Report): readonly UpstreamEntry[] {
  return upstreams.map((upstream) => ({
    ...upstream,
    servers: upstream.servers.map(({ address, ...server }) => {
      const counts = observation.counters.upstreams.find(
        (one) => one.upstream === upstream.name && one.address === address,
      );
      const { answered = 0, failed = 0, lastAnswerAtMs = null, lastError = null } = counts ?? {};
      const isFailing = lastError !== null && lastError.atMs > (lastAnswerAtMs ?? 0);
      const why = isFailing || !server.up ? (lastError?.text ?? 'left out after failures') : null;
      return { ...server, why, requests: answered + failed, errors: failed, lastError, lastAnswerAtMs };
    }),
  }));
}
