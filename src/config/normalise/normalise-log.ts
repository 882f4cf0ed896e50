// `log` after parsing in, as it takes effect out: names of files absolute.

import type { Document } from '../document/document.ts';
import { omitUndefined } from '../omit-undefined.ts';
import type { AccessLogConfig, LogConfig } from '../schema.ts';

export function normaliseLog(log: Document['log'], toPath: (path: string) => string): LogConfig {
  const { level, format, refusalsPerSecond, redact } = log;
  const access: AccessLogConfig[] = log.access.map((entry) =>
    omitUndefined({
      format: entry.format,
      file: entry.file === undefined ? undefined : toPath(entry.file),
      when: entry.when,
      bufferBytes: entry.buffer,
      flushMs: entry.flush,
    }),
  );
  const file = log.file === undefined ? undefined : toPath(log.file);
  return omitUndefined({ level, format, file, access, refusalsPerSecond, redact });
}
