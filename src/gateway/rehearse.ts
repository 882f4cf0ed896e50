// Everything that a start does short of opening an address, so that what can be checked is what can be run.

import type { Config } from '../config/schema.ts';
import { loadCredentials } from '../credentials/load-credentials.ts';
import { exposureWarnings } from './exposure.ts';
import { createUpstreams } from './forward/upstream/upstreams.ts';
import { createGeneration, type Generation } from './generation.ts';

const silent = { info() {}, warn() {} };

/**
 * Reads what a configuration names, builds what is built of it, and returns what the operator should hear all the same.
 *
 * @throws MutualError where a start would fail
 */
export function rehearse(config: Config, now: () => number): readonly string[] {
  const { credentials } = rehearseGeneration(config, now);
  return [...credentials.warnings, ...exposureWarnings(config)];
}

/**
 * What would be in force after a start, for questions that need no connection.
 *
 * @throws MutualError where a start would fail
 */
export function rehearseGeneration(config: Config, now: () => number): Generation {
  const credentials = loadCredentials(config, now());
  const generation = createGeneration(config, credentials, {
    now,
    previous: undefined,
    upstreams: (...from) => createUpstreams(...from, undefined, { log: silent, now }),
  });
  void generation.upstreams.close();
  return generation;
}
