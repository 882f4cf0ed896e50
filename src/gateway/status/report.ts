// All that the admin listener wants to know of one process that serves, as one plain value that can be sent to another
// process; and of several, as one. Pure.

import { mergeObservations, type Observation } from '../observe/recorder.ts';
import type { CredentialItem } from './credential-items.ts';
import type { ProcessStatus } from './process-status.ts';
import type { ReadinessReason } from './readiness.ts';
import { mergeUpstreams, type UpstreamStatus } from './upstream-status.ts';

export interface Report {
  readonly observation: Observation;
  readonly credentials: readonly CredentialItem[];
  /** Why no client should be sent here. Empty: ready. */
  readonly reasons: readonly ReadinessReason[];
  readonly upstreams: readonly UpstreamStatus[];
  readonly configuration: ConfigurationStatus;
  readonly addresses: readonly { readonly url: string; readonly servers: readonly string[] }[];
  /** By whom it was made; several of one that was merged. */
  readonly processes: readonly (ProcessStatus & { readonly openConnections: number; readonly requests: number })[];
}

export interface ConfigurationStatus {
  readonly file: string;
  /** YAML, secrets hidden. */
  readonly text: string;
  readonly loadedAtMs: number;
}

/**
 * What several processes with one configuration report, as one: what is counted is added up, what is read is the first's.
 * It is ready where one of them is.
 *
 * @returns undefined of none
 */
export function mergeReports(reports: readonly Report[]): Report | undefined {
  const [first, ...others] = reports;
  if (first === undefined || others.length === 0) return first;
  return {
    ...first,
    observation: mergeObservations(reports.map(({ observation }) => observation)),
    reasons: reports.some(({ reasons }) => reasons.length === 0) ? [] : first.reasons,
    upstreams: mergeUpstreams(reports.map(({ upstreams }) => upstreams)),
    processes: reports.flatMap(({ processes }) => processes),
  };
}
