// Where counters are kept until somebody asks: cells that are found once and added to; and what they say, as plain values.

import type { ErrorCode } from '../../errors.ts';
import type { Exchange } from '../forward/exchange.ts';
import type { RouteCounts, ServerCounts, UpstreamCounts } from './counter-snapshot.ts';
import { type Histogram, histogramSnapshot } from './durations.ts';
import { statusLabel } from './status-label.ts';

export interface Cell {
  count: number;
}

export interface RouteCells {
  readonly server: string;
  readonly route: string;
  /** By lane and status: see `requestKey`. */
  readonly requests: Map<number, Cell>;
  readonly duration: Histogram;
  denials: number;
  requestBodyBytes: number;
  responseBodyBytes: number;
}

export interface ServerCells {
  readonly server: string;
  readonly isTls: boolean;
  opened: number;
  closed: number;
  refused: number;
  readonly tlsRefusals: Map<string, Cell>;
  readonly refusals: Map<ErrorCode, Cell & { lastAtMs: number }>;
}

export interface UpstreamCells {
  readonly upstream: string;
  readonly address: string;
  readonly duration: Histogram;
  answered: number;
  failed: number;
  lastAnswerAtMs: number | null;
  lastError: UpstreamCounts['lastError'];
}

const lanes = ['none', 'standard', 'express'] as const;

/** One number for both, so that a request makes no text. */
export function requestKey(lane: Exchange['lane'], status: number): number {
  return lanes.indexOf(lane) * 1000 + (status >= 0 && status < 1000 ? status : 0);
}

export function routeCountsOf({ requests, duration, ...rest }: RouteCells): RouteCounts {
  const byLabels = new Map<string, { lane: string; code: string; count: number }>();
  for (const [key, { count }] of requests) {
    const lane = lanes[Math.floor(key / 1000)] ?? 'none';
    const status = key % 1000;
    const code = status === 0 ? '499' : statusLabel(status);
    const known = byLabels.get(`${lane} ${code}`);
    if (known === undefined) byLabels.set(`${lane} ${code}`, { lane, code, count });
    else known.count += count;
  }
  return { ...rest, requests: [...byLabels.values()], duration: histogramSnapshot(duration) };
}

export function serverCountsOf({ tlsRefusals, refusals, ...rest }: ServerCells): ServerCounts {
  return {
    ...rest,
    tlsRefusals: [...tlsRefusals].map(([reason, { count }]) => ({ reason, count })),
    refusals: [...refusals].map(([code, { count, lastAtMs }]) => ({ code, count, lastAtMs })),
  };
}
