// What a metric is: its name, what it means, and how its values are read from what the processes report. The exposition
// and the documentation are both made from such definitions, so that they cannot differ.

import type { HistogramSnapshot } from '../../gateway/observe/durations.ts';
import type { Report } from '../../gateway/status/report.ts';

export type Labels = Readonly<Record<string, string>>;

export interface MetricFacts {
  readonly report: Report;
  readonly version: string;
  /** Unix time in milliseconds. */
  readonly nowMs: number;
  /** Whether client certificates may be named. */
  readonly clientMetrics: boolean;
}

interface Described {
  readonly name: string;
  /** One sentence, without a dot at its end. */
  readonly help: string;
  /** Each with what it holds, for the documentation. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface NumberMetric extends Described {
  readonly type: 'counter' | 'gauge';
  read(facts: MetricFacts): readonly { readonly labels: Labels; readonly value: number }[];
}

export interface HistogramMetric extends Described {
  readonly type: 'histogram';
  read(facts: MetricFacts): readonly { readonly labels: Labels; readonly histogram: HistogramSnapshot }[];
}

export type MetricDefinition = NumberMetric | HistogramMetric;

export const serverLabelText = 'Name of the server; of one without TLS, for what happens before a request, its address';
export const routeLabelText =
  'Name of the route, or location of a server of `http`; empty where a request was refused before it had one';
export const upstreamLabelText = 'Name of the upstream';
export const addressLabelText = '`host:port` of one of its servers';
