// `limit_req` (ngx_http_limit_req_module.c): a leaky bucket for each key of a zone. What is ahead of the rate waits, or is
// refused.

import { hash } from 'node:crypto';
import { logError } from '../log/log-error.ts';
import { outcome, type Request } from '../request.ts';
import type { Value } from '../script/value.ts';
import type { Bucket, RequestZone } from './zones.ts';

/** No zone keeps more keys than this: the oldest go. */
const maxKeys = 100_000;

/** Clients choose what is in a key: what is kept of it is of bounded length. */
function shortened(key: string): string {
  return key.length <= 64 ? key : hash('sha256', key);
}

/** @param rate `10r/s` or `30r/m` */
export function requestZone(name: string, key: Value<Request>, rate: string): RequestZone<Request> {
  const [, count = '1', unit = 's'] = /^(\d+)r\/([sm])$/.exec(rate) ?? [];
  return { name, key, rate: Math.floor((Number(count) * 1000) / (unit === 's' ? 1 : 60)), buckets: new Map() };
}

export async function limitRequests(request: Request): Promise<number> {
  const { location, connection } = request;
  if (location.limitRequests.length === 0 || request.limitRequestDone) return outcome.declined;
  const now = connection.engine.monotonic();
  const taken: (() => void)[] = [];
  let delayMs = 0;
  for (const { zone, burst, delay } of location.limitRequests) {
    const key = shortened(zone.key.of(request));
    if (key === '') continue;
    const bucket = zone.buckets.get(key);
    const excess = bucket === undefined ? 0 : excessOf(bucket, zone.rate, now);
    if (excess > burst) {
      request.limitRequestDone = true;
      return refuse(request, zone, excess);
    }
    if (excess > delay) {
      const wait = ((excess - delay) * 1000) / zone.rate;
      if (wait > delayMs) delayMs = wait;
    }
    taken.push(() => {
      zone.buckets.delete(key);
      zone.buckets.set(key, { excess, lastMs: now });
      if (zone.buckets.size > maxKeys) zone.buckets.delete(zone.buckets.keys().next().value as string);
    });
  }
  for (const take of taken) take();
  if (taken.length === 0) return outcome.declined;
  request.limitRequestDone = true;
  if (delayMs < 1) {
    request.limitRequestStatus = 'PASSED';
    return outcome.declined;
  }
  return delayed(request, delayMs);
}

function excessOf({ excess, lastMs }: Bucket, rate: number, now: number): number {
  const ms = Math.max(0, now - lastMs);
  return Math.max(0, Math.floor(excess - (rate * ms) / 1000 + 1000));
}

function printExcess(excess: number): string {
  return `${Math.floor(excess / 1000)}.${String(excess % 1000).padStart(3, '0')}`;
}

function refuse(request: Request, zone: RequestZone<Request>, excess: number): number {
  const { limitRequestDryRun: dry, limitRequestLogLevel: level, limitRequestStatus } = request.location;
  logError(
    request,
    level,
    `limiting requests${dry ? ', dry run' : ''}, excess: ${printExcess(excess)} by zone "${zone.name}"`,
  );
  request.limitRequestStatus = dry ? 'REJECTED_DRY_RUN' : 'REJECTED';
  return dry ? outcome.declined : limitRequestStatus;
}

async function delayed(request: Request, delayMs: number): Promise<number> {
  const { limitRequestDryRun: dry } = request.location;
  request.limitRequestStatus = dry ? 'DELAYED_DRY_RUN' : 'DELAYED';
  if (dry) return outcome.declined;
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  return request.sink.gone ? 499 : outcome.declined;
}
