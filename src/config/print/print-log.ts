// The effective `log` in, the value of its key in a configuration file out.

import { omitUndefined } from '../omit-undefined.ts';
import type { AccessLogConfig, LogConditionConfig, LogConfig } from '../schema.ts';
import { formatStatusRange } from '../status-range.ts';
import { formatDuration } from '../units.ts';
import { printSize } from './print-scalars.ts';

export function printLog({
  level,
  format,
  file,
  access,
  refusalsPerSecond,
  redact,
}: LogConfig): Record<string, unknown> {
  return omitUndefined({
    level,
    format,
    file,
    access: access.length === 0 ? 'off' : access.map(printAccessLog),
    refusalsPerSecond,
    redact,
  });
}

function printAccessLog({ format, file, when, bufferBytes, flushMs }: AccessLogConfig): Record<string, unknown> {
  return omitUndefined({
    format: format.kind === 'template' ? format.template.source : format.kind,
    file,
    when: when === undefined ? undefined : printCondition(when),
    buffer: printSize(bufferBytes),
    flush: formatDuration(flushMs),
  });
}

function printCondition({ value, status, slowerThanMs, exceptRoutes }: LogConditionConfig): Record<string, unknown> {
  return omitUndefined({
    value: value?.source,
    status: status?.map(formatStatusRange),
    slowerThan: slowerThanMs === undefined ? undefined : formatDuration(slowerThanMs),
    exceptRoutes,
  });
}
