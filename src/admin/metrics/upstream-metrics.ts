// Metrics of upstreams.

import type { UpstreamServerStatus } from '../../gateway/status/upstream-status.ts';
import {
  addressLabelText as address,
  type Labels,
  type MetricDefinition,
  type MetricFacts,
  upstreamLabelText as upstream,
} from './definition.ts';

export const upstreamMetrics: readonly MetricDefinition[] = [
  {
    name: 'mutual_upstream_up',
    type: 'gauge',
    help: '1: the server takes part; 0: it is left out after failures',
    labels: { upstream, address },
    read: (facts) => ofServers(facts, ({ up }) => (up ? 1 : 0)),
  },
  {
    name: 'mutual_upstream_duration_seconds',
    type: 'histogram',
    help: 'Time that an upstream took for a request that it answered, to the last byte of its response',
    labels: { upstream, address },
    read: ({ report }) =>
      report.observation.counters.upstreams.map(({ upstream, address, duration }) => ({
        labels: { upstream, address },
        histogram: duration,
      })),
  },
  {
    name: 'mutual_upstream_attempts_total',
    type: 'counter',
    help: 'Requests sent to upstreams; one that is sent again counts again',
    labels: {
      upstream,
      address,
      result: '`answered`, whatever the status; `failed`: no answer, or one that broke off (which counts as both)',
    },
    read: ({ report }) =>
      report.observation.counters.upstreams.flatMap(({ upstream, address, answered, failed }) => [
        { labels: { upstream, address, result: 'answered' }, value: answered },
        { labels: { upstream, address, result: 'failed' }, value: failed },
      ]),
  },
  {
    name: 'mutual_upstream_requests_in_flight',
    type: 'gauge',
    help: 'Requests that an upstream has been sent and not finished',
    labels: { upstream, address },
    read: (facts) => ofServers(facts, ({ inFlight }) => inFlight),
  },
  {
    name: 'mutual_upstream_idle_connections',
    type: 'gauge',
    help: 'Open connections to an upstream that wait for a request',
    labels: { upstream, address },
    read: (facts) => ofServers(facts, ({ idleConnections }) => idleConnections),
  },
];

function ofServers(
  { report }: MetricFacts,
  read: (server: UpstreamServerStatus) => number,
): { readonly labels: Labels; readonly value: number }[] {
  return report.upstreams.flatMap(({ name, servers }) =>
    servers.map((server) => ({ labels: { upstream: name, address: server.address }, value: read(server) })),
  );
}
