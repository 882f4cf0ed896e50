// Metrics of the program itself.

import type { MetricDefinition } from './definition.ts';

const worker = 'Number of the worker process; `0` without workers';

export const programMetrics: readonly MetricDefinition[] = [
  {
    name: 'mutual_ready',
    type: 'gauge',
    help: '1: `/readyz` answers 200; 0: it answers 503',
    labels: {},
    read: ({ report }) => [{ labels: {}, value: report.reasons.length === 0 ? 1 : 0 }],
  },
  {
    name: 'mutual_reloads_total',
    type: 'counter',
    help: 'Reloads of the configuration, or of what it names',
    labels: { result: '`succeeded`; `failed`: the configuration before it stays in force' },
    read: ({ report }) => {
      const { succeeded, failed } = report.observation.counters.reloads;
      return [
        { labels: { result: 'succeeded' }, value: succeeded },
        { labels: { result: 'failed' }, value: failed },
      ];
    },
  },
  {
    name: 'mutual_last_reload_successful',
    type: 'gauge',
    help: '1: the last reload took effect, or there was none; 0: it was refused',
    labels: {},
    read: ({ report }) => [{ labels: {}, value: report.observation.lastReload?.result === 'failed' ? 0 : 1 }],
  },
  {
    name: 'mutual_configuration_loaded_timestamp_seconds',
    type: 'gauge',
    help: 'When the configuration in force was read, in Unix time',
    labels: {},
    read: ({ report }) => [{ labels: {}, value: report.configuration.loadedAtMs / 1000 }],
  },
  {
    name: 'mutual_event_loop_lag_seconds',
    type: 'gauge',
    help: 'How late timers were over the last ten seconds or so',
    labels: { worker, statistic: '`mean`, `p99` or `max`' },
    read: ({ report }) =>
      report.processes.flatMap(({ worker, eventLoopLagMs }) =>
        (['mean', 'p99', 'max'] as const).map((statistic) => ({
          labels: { worker: String(worker), statistic },
          value: eventLoopLagMs[statistic] / 1000,
        })),
      ),
  },
  {
    name: 'mutual_memory_bytes',
    type: 'gauge',
    help: 'Memory of a process',
    labels: { worker, kind: '`rss`, `heap_used`, `heap_total` or `external`' },
    read: ({ report }) =>
      report.processes.flatMap(({ worker, memory }) =>
        Object.entries({
          rss: memory.rss,
          heap_used: memory.heapUsed,
          heap_total: memory.heapTotal,
          external: memory.external,
        }).map(([kind, value]) => ({ labels: { worker: String(worker), kind }, value })),
      ),
  },
  {
    name: 'mutual_start_time_seconds',
    type: 'gauge',
    help: 'When a process started, in Unix time',
    labels: { worker },
    read: ({ report }) =>
      report.processes.map(({ worker, startedAtMs }) => ({
        labels: { worker: String(worker) },
        value: startedAtMs / 1000,
      })),
  },
  {
    name: 'mutual_build_info',
    type: 'gauge',
    help: 'Always 1; the versions are its labels',
    labels: { version: 'Of mutual', node: 'Of Node.js', openssl: 'Of the TLS library' },
    read: ({ version }) => [
      { labels: { version, node: process.versions.node, openssl: process.versions.openssl }, value: 1 },
    ],
  },
];
