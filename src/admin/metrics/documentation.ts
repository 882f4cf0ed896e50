// The tables of docs/observability.md, from the definitions of the metrics.

import type { MetricDefinition } from './definition.ts';
import { metricDefinitions } from './exposition.ts';

export function renderMetricsTable(): string {
  return metricDefinitions.map(renderMetric).join('\n\n');
}

function renderMetric({ name, type, help, labels }: MetricDefinition): string {
  const rows = Object.entries(labels).map(([label, meaning]) => `| \`${label}\` | ${meaning.replaceAll('|', '\\|')} |`);
  const table = rows.length === 0 ? [] : ['', '| Label | Value |', '| --- | --- |', ...rows];
  return [`### ${name}`, '', `${capitalised(type)}. ${help}.`, ...table].join('\n');
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
