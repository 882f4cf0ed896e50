// `limit_conn` (ngx_http_limit_conn_module.c): how many requests of one key are on their way at once.

import { logError } from '../log/log-error.ts';
import { outcome, type Request } from '../request.ts';
import type { Value } from '../script/value.ts';
import type { ConnectionZone } from './zones.ts';

export function connectionZone(name: string, key: Value<Request>): ConnectionZone<Request> {
  return { name, key, counts: new Map() };
}

export function limitConnections(request: Request): number {
  const { location } = request;
  if (location.limitConnections.length === 0 || request.limitConnectionDone) return outcome.declined;
  for (const { zone, number } of location.limitConnections) {
    const key = zone.key.of(request);
    if (key === '') continue;
    request.limitConnectionDone = true;
    const count = zone.counts.get(key) ?? 0;
    if (count >= number) return refuse(request, zone);
    zone.counts.set(key, count + 1);
    request.limitConnectionStatus = 'PASSED';
    request.cleanups.push(() => {
      const now = (zone.counts.get(key) ?? 1) - 1;
      if (now <= 0) zone.counts.delete(key);
      else zone.counts.set(key, now);
    });
  }
  return outcome.declined;
}

function refuse(request: Request, zone: ConnectionZone<Request>): number {
  const { limitConnectionDryRun: dry, limitConnectionLogLevel: level, limitConnectionStatus } = request.location;
  logError(request, level, `limiting connections${dry ? ', dry run,' : ''} by zone "${zone.name}"`);
  request.limitConnectionStatus = dry ? 'REJECTED_DRY_RUN' : 'REJECTED';
  return dry ? outcome.declined : limitConnectionStatus;
}
