// What of a configuration takes effect at the next start only, told when a reload brings a change of it.

import type { Logger } from 'pino';
import type { Config } from '../../config/schema.ts';

/** @param started the configuration of the start */
export function warnOfLateChanges(started: Config, next: Config, log: Pick<Logger, 'warn'>): void {
  const changed = [
    started.log.file === next.log.file ? [] : ['log.file'],
    started.log.format === next.log.format ? [] : ['log.format'],
    started.workers === next.workers ? [] : ['workers'],
  ].flat();
  for (const key of changed) log.warn(`${key} has changed: that takes effect at the next start`);
}
