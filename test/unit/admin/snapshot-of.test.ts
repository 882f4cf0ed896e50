import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import parsePrometheus from 'parse-prometheus-text-format';
import { printMetrics } from '../../../src/admin/metrics/exposition.ts';
import type { Snapshot } from '../../../src/admin/snapshot.ts';
import { readinessOf, snapshotOf } from '../../../src/admin/snapshot-of.ts';
import { createRecorder, type Recorder } from '../../../src/gateway/observe/recorder.ts';
import { mergeReports, type Report } from '../../../src/gateway/status/report.ts';
import {
  makeConnection,
  makeDenial,
  makeExchange,
  makePermit,
  makeRoute,
  makeServer,
  readCertificate,
  verified,
} from '../../support/exchange.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const alice = readCertificate(
  makeCertificate(directory, { ca, name: 'alice', subject: '/O=Company A/CN=alice' }).certificate,
);
const startMs = Date.UTC(2026, 10, 23, 15, 0, 0);
const dayMs = 24 * 3_600_000;

function reportOf(recorder: Recorder, worker: number, more: Partial<Report> = {}): Report {
  return {
    observation: recorder.observation(),
    credentials: [
      {
        kind: 'crl',
        name: 'CN=ca',
        file: '/etc/ca.crl',
        usedBy: ['server a'],
        notBeforeMs: startMs - dayMs,
        notAfterMs: startMs + 1.5 * dayMs,
        nearFromMs: startMs - 1,
        certificate: null,
        revoked: 2,
      },
    ],
    reasons: [],
    upstreams: [
      {
        name: 'service1',
        balance: 'round-robin',
        usedBy: ['a /'],
        servers: [
          {
            url: 'http://127.0.0.1:3000',
            address: '127.0.0.1:3000',
            up: worker === 1,
            backup: false,
            weight: 1,
            inFlight: 2,
            idleConnections: 3,
          },
        ],
      },
    ],
    configuration: { file: '/etc/mutual.yaml', text: 'servers: []\n', loadedAtMs: startMs },
    addresses: [{ url: 'https://127.0.0.1:8443', servers: ['a'] }],
    processes: [
      {
        pid: 100 + worker,
        worker,
        startedAtMs: startMs - worker * 1000,
        eventLoopLagMs: { mean: 0, p99: 1, max: 2 },
        eventLoopUtilization: 0.5,
        memory: { rss: 1, heapUsed: 2, heapTotal: 3, external: 4 },
        openConnections: 1,
        requests: 1,
      },
    ],
    ...more,
  };
}

/** A process that has served so many requests and denied one. */
function recorded(served: number): Recorder {
  const recorder = createRecorder(() => startMs);
  const attempt = { upstream: 'service1', address: '127.0.0.1:3000', startedAtMs: startMs, responseBytes: 0 };
  recorder.connectionOpened(makeConnection(), verified(alice));
  for (let index = 0; index < served; index += 1) {
    const decision = makePermit({ authentication: verified(alice) });
    const attempts = [{ ...attempt, status: 200, responseMs: 3 }];
    recorder.exchangeBegun();
    recorder.exchangeFinished(
      makeExchange({ decision, attempts, status: 200, lane: 'standard', durationMs: 4, startedAtMs: startMs }),
    );
  }
  const failed = { ...attempt, error: 'refused', errorCode: 'upstream-unreachable' as const, responseMs: 9 };
  recorder.exchangeBegun();
  recorder.exchangeFinished(
    makeExchange({
      decision: makeDenial({ authentication: verified(alice) }),
      attempts: [failed],
      status: 403,
      startedAtMs: startMs,
      durationMs: 1,
    }),
  );
  recorder.tick(startMs + 1000);
  return recorder;
}

const merged = (): Report => {
  const reports = [reportOf(recorded(3), 1), reportOf(recorded(4), 2)];
  // As they come from other processes.
  const report = mergeReports(JSON.parse(JSON.stringify(reports)));
  assert.ok(report !== undefined);
  return report;
};

test('a snapshot of two workers has the sums of both', () => {
  const snapshot = snapshotOf(merged(), { version: '1.2.3', nowMs: startMs + 1500 });
  const { totals, history, now, connections, clients, refusals, processes, program } = snapshot;
  assert.deepEqual(
    [
      totals.requests,
      totals.requestsByStatus['2xx'],
      totals.refusals,
      totals.connectionsOpened,
      totals.handshakes.full,
    ],
    [9, 7, 2, 2, 2],
  );
  assert.deepEqual([history.firstSecond, history.requests, history.connections], [startMs / 1000, [9], [2]]);
  assert.deepEqual(
    [now.requestsPerSecond, now.refusalsPerSecond, now.openConnections, now.requestsInFlight],
    [9, 2, 2, 0],
  );
  assert.ok(now.p50Ms !== null && now.p50Ms > 3.7 && now.p50Ms < 4.3);
  assert.deepEqual([connections[0]?.open, connections[0]?.isTls], [2, true]);
  assert.deepEqual([clients.entries.length, clients.entries[0]?.requests, clients.entries[0]?.denials], [1, 9, 2]);
  assert.equal(refusals.entries.length, 2);
  assert.deepEqual(
    processes.map(({ worker }) => worker),
    [1, 2],
  );
  assert.deepEqual([program.version, program.startedAtMs, program.uptimeSeconds], ['1.2.3', startMs - 2000, 3]);
});

test('the metrics of two workers are the sums of both, to the last request', async () => {
  const text = await printMetrics({ report: merged(), version: '1', nowMs: startMs, clientMetrics: false });
  const families = parsePrometheus(text);
  const values = (name: string): string[] =>
    families.find((family) => family.name === name)?.metrics.map(({ value }) => value) ?? [];
  assert.deepEqual(values('mutual_requests_total'), ['7', '2']);
  assert.deepEqual(values('mutual_denials_total'), ['2']);
  assert.deepEqual(values('mutual_upstream_up'), ['1']);
  assert.deepEqual(values('mutual_upstream_requests_in_flight'), ['4']);
  assert.deepEqual(values('mutual_start_time_seconds').length, 2);
});

test('an upstream that failed last says why, and certificates how long they last', () => {
  const { upstreams, certificates } = snapshotOf(merged(), { version: '1', nowMs: startMs });
  const [server] = upstreams[0]?.servers ?? [];
  assert.deepEqual(
    [server?.up, server?.why, server?.requests, server?.errors, server?.lastError?.code],
    [true, 'refused', 9, 2, 'upstream-unreachable'],
  );
  assert.ok(!('address' in (server ?? {})));
  assert.deepEqual(
    certificates.map(({ kind, daysLeft, state, revoked }) => [kind, daysLeft, state, revoked]),
    [['crl', 1, 'ends-soon', 2]],
  );
});

test('everything in a snapshot is JSON', () => {
  const snapshot: Snapshot = snapshotOf(merged(), { version: '1', nowMs: startMs });
  assert.deepEqual(JSON.parse(JSON.stringify(snapshot)), snapshot);
});

test('reports of one process are left as they are, and of none there is none', () => {
  const report = reportOf(recorded(1), 0);
  assert.equal(mergeReports([report]), report);
  assert.equal(mergeReports([]), undefined);
});

test('it is ready while one process is', () => {
  const draining: Partial<Report> = { reasons: [{ code: 'draining', text: 'it is stopping' }] };
  const recorder = recorded(1);
  const [ready, not] = [reportOf(recorder, 1), reportOf(recorder, 2, draining)];
  assert.equal(readinessOf(mergeReports([not, ready])).ready, true);
  assert.deepEqual(readinessOf(mergeReports([not, not])), { ready: false, reasons: not.reasons });
  assert.equal(readinessOf(undefined).reasons[0]?.code, 'no-worker');
});

test('names of the operator that are no names for Prometheus break no line', async () => {
  const hostile = 'a"} 1\nmutual_evil{x="\\';
  const route = makeRoute({ name: hostile });
  const recorder = createRecorder(() => startMs);
  recorder.exchangeFinished(
    makeExchange({ decision: makePermit({ route, server: makeServer(route, { name: hostile }) }), status: 200 }),
  );
  const facts = { report: reportOf(recorder, 0), version: hostile, nowMs: startMs, clientMetrics: true };
  const text = await printMetrics(facts);
  for (const line of text.split('\n')) {
    assert.match(line, /^(?:#.*|mutual_[a-z_]+(?:\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)*\})? \S+|)$/);
  }
  assert.doesNotMatch(text, /^mutual_evil/m);
});
