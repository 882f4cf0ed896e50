// How often things happened in this process since it started: told of each, asked for all.

import type { ErrorCode } from '../../errors.ts';

export type StatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '5xx' | 'none';

export interface CounterSnapshot {
  readonly connections: { readonly opened: number; readonly closed: number; readonly refused: number };
  /** Finished exchanges by the status that the client was sent; `none`: it went away before. */
  readonly requests: Readonly<Record<StatusClass, number>>;
  /** Of connections and requests; codes that did not occur are absent. */
  readonly refusals: Readonly<Partial<Record<ErrorCode, number>>>;
  readonly requestBodyBytes: number;
  readonly responseBodyBytes: number;
  readonly reloads: { readonly succeeded: number; readonly failed: number };
}

export interface Counters {
  connectionOpened(): void;
  connectionClosed(): void;
  connectionRefused(code: ErrorCode): void;
  requestFinished(status: number, requestBodyBytes: number, responseBodyBytes: number): void;
  requestRefused(code: ErrorCode): void;
  reloaded(succeeded: boolean): void;
  /** A copy that does not change any more. */
  snapshot(): CounterSnapshot;
}

export function createCounters(): Counters {
  const connections = { opened: 0, closed: 0, refused: 0 };
  const requests: Record<StatusClass, number> = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, none: 0 };
  const refusals = new Map<ErrorCode, number>();
  const bytes = { requestBodyBytes: 0, responseBodyBytes: 0 };
  const reloads = { succeeded: 0, failed: 0 };
  const refuse = (code: ErrorCode): void => {
    refusals.set(code, (refusals.get(code) ?? 0) + 1);
  };
  return {
    connectionOpened: () => {
      connections.opened += 1;
    },
    connectionClosed: () => {
      connections.closed += 1;
    },
    connectionRefused: (code) => {
      connections.refused += 1;
      refuse(code);
    },
    requestFinished: (status, requestBodyBytes, responseBodyBytes) => {
      requests[statusClass(status)] += 1;
      bytes.requestBodyBytes += requestBodyBytes;
      bytes.responseBodyBytes += responseBodyBytes;
    },
    requestRefused: refuse,
    reloaded: (succeeded) => {
      reloads[succeeded ? 'succeeded' : 'failed'] += 1;
    },
    snapshot: () => ({
      connections: { ...connections },
      requests: { ...requests },
      refusals: Object.fromEntries(refusals),
      ...bytes,
      reloads: { ...reloads },
    }),
  };
}

function statusClass(status: number): StatusClass {
  switch (Math.floor(status / 100)) {
    case 1:
      return '1xx';
    case 2:
      return '2xx';
    case 3:
      return '3xx';
    case 4:
      return '4xx';
    case 5:
      return '5xx';
    default:
      return 'none';
  }
}
