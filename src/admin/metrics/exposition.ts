// What the processes report in, the text that Prometheus reads out (text format 0.0.4), printed by prom-client. Nothing is
// kept between two questions.

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { bucketBounds } from '../../gateway/observe/durations.ts';
import type { HistogramMetric, MetricDefinition, MetricFacts, NumberMetric } from './definition.ts';
import { expiryMetrics } from './expiry-metrics.ts';
import { programMetrics } from './program-metrics.ts';
import { requestMetrics } from './request-metrics.ts';
import { upstreamMetrics } from './upstream-metrics.ts';

export const metricDefinitions: readonly MetricDefinition[] = [
  ...requestMetrics,
  ...upstreamMetrics,
  ...expiryMetrics,
  ...programMetrics,
];

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

export function printMetrics(facts: MetricFacts): Promise<string> {
  const registry = new Registry();
  for (const definition of metricDefinitions) {
    if (definition.type === 'histogram') registry.registerMetric(new CountedHistogram(definition, facts));
    else registerNumber(registry, definition, facts);
  }
  return registry.metrics();
}

function registerNumber(registry: Registry, definition: NumberMetric, facts: MetricFacts): void {
  const { name, help } = definition;
  const options = { name, help, labelNames: Object.keys(definition.labels), registers: [registry] };
  if (definition.type === 'gauge') {
    const gauge = new Gauge(options);
    for (const { labels, value } of definition.read(facts)) gauge.set(labels, value);
    return;
  }
  const counter = new Counter(options);
  for (const { labels, value } of definition.read(facts)) counter.inc(labels, value);
}

/** prom-client's own counts one observation at a time; this one has been counted already. */
class CountedHistogram extends Histogram {
  readonly #definition: HistogramMetric;
  readonly #facts: MetricFacts;

  constructor(definition: HistogramMetric, facts: MetricFacts) {
    const { name, help, labels } = definition;
    super({ name, help, labelNames: Object.keys(labels), buckets: [...bucketBounds], registers: [] });
    this.#definition = definition;
    this.#facts = facts;
  }

  /** What the registry asks in place of `get`, though the types do not say so. */
  async getForPromString(): Promise<object> {
    const { name, help } = this.#definition;
    const values = this.#definition.read(this.#facts).flatMap(({ labels, histogram: { counts, sumSeconds } }) => {
      let count = 0;
      const buckets = [...bucketBounds, '+Inf'].map((le, index) => {
        count += counts[index] ?? 0;
        return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
      });
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels, value: sumSeconds },
        { metricName: `${name}_count`, labels, value: count },
      ];
    });
    return { name, help, type: 'histogram', values };
  }
}
