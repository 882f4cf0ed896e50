// What a process says of itself: memory, and how late its event loop is. Measuring starts with the first question, so
// that it costs nothing where nobody asks.

import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

export interface ProcessStatus {
  readonly pid: number;
  /** 0 without workers, else from 1. */
  readonly worker: number;
  readonly startedAtMs: number;
  readonly eventLoopLagMs: { readonly mean: number; readonly p99: number; readonly max: number };
  /** 0 to 1. */
  readonly eventLoopUtilization: number;
  readonly memory: {
    readonly rss: number;
    readonly heapUsed: number;
    readonly heapTotal: number;
    readonly external: number;
  };
}

type Monitor = ReturnType<typeof monitorEventLoopDelay>;

export interface ProcessWatch {
  status(nowMs: number): ProcessStatus;
  close(): void;
}

/** A window of lag is at least so long: those who ask often see what those see who ask seldom. */
const windowMs = 10_000;
const resolutionMs = 20;

export function createProcessWatch(worker: number, startedAtMs: number): ProcessWatch {
  let monitor: Monitor | undefined;
  let windowFromMs = 0;
  let utilizationFrom = performance.eventLoopUtilization();
  let last = { lag: { mean: 0, p99: 0, max: 0 }, utilization: 0 };

  function look(nowMs: number): void {
    if (monitor === undefined) {
      monitor = monitorEventLoopDelay({ resolution: resolutionMs });
      monitor.enable();
      windowFromMs = nowMs;
      return;
    }
    if (monitor.count > 0) last = { lag: lagOf(monitor), utilization: utilizationSince() };
    if (nowMs - windowFromMs < windowMs) return;
    monitor.reset();
    windowFromMs = nowMs;
    utilizationFrom = performance.eventLoopUtilization();
  }

  function utilizationSince(): number {
    const { utilization } = performance.eventLoopUtilization(utilizationFrom);
    return Number.isFinite(utilization) ? Math.round(utilization * 1000) / 1000 : 0;
  }

  return {
    status(nowMs) {
      look(nowMs);
      const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
      return {
        pid: process.pid,
        worker,
        startedAtMs,
        eventLoopLagMs: last.lag,
        eventLoopUtilization: last.utilization,
        memory: { rss, heapUsed, heapTotal, external },
      };
    },
    close: () => monitor?.disable(),
  };
}

/** The histogram holds the time between two ticks, in nanoseconds: what is beyond the resolution is lag. */
function lagOf(monitor: Monitor): ProcessStatus['eventLoopLagMs'] {
  const ms = (nanoseconds: number): number => Math.max(0, Math.round((nanoseconds / 1e6 - resolutionMs) * 1000) / 1000);
  return { mean: ms(monitor.mean), p99: ms(monitor.percentile(99)), max: ms(monitor.max) };
}
