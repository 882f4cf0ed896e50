// Zones of `limit_req` and `limit_conn`: what is counted, by key.

import type { Value } from '../script/value.ts';

export interface Bucket {
  /** In thousandths of a request. */
  excess: number;
  lastMs: number;
}

export interface RequestZone<R> {
  readonly name: string;
  readonly key: Value<R>;
  /** Thousandths of a request in a second. */
  readonly rate: number;
  readonly buckets: Map<string, Bucket>;
}

export interface ConnectionZone<R> {
  readonly name: string;
  readonly key: Value<R>;
  readonly counts: Map<string, number>;
}
