// How many processes serve.

import { availableParallelism } from 'node:os';
import type { Config } from '../../config/schema.ts';

/** `auto`: one for each core that this program may use. */
export function workerCount({ workers }: Pick<Config, 'workers'>): number {
  return workers === 'auto' ? availableParallelism() : workers;
}
