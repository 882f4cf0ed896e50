// Everything that a start does short of opening an address, so that what can be checked is what can be run.

import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { LearnedUrls } from '../credentials/crl-sources.ts';
import { loadCredentials } from '../credentials/load-credentials.ts';
import { MutualError, messageOf } from '../errors.ts';
import { exposureWarnings } from './exposure.ts';
import { createUpstreams } from './forward/upstream/upstreams.ts';
import { createGeneration, type Generation } from './generation.ts';
import { placedFault } from './http/placed-fault.ts';
import { rehearseHttp } from './http/rehearse-http.ts';

const silent = { info() {}, warn() {} };

/**
 * Reads what a configuration names, builds what is built of it, and returns what the operator should hear all the same.
 *
 * @throws MutualError where a start would fail
 */
export async function rehearse(config: Config, now: () => number): Promise<readonly string[]> {
  const { credentials } = rehearseGeneration(config, now);
  for (const file of [config.log.file, ...config.log.access.map(({ file }) => file)]) {
    if (file !== undefined) requireWritable(file);
  }
  if (config.http !== undefined) {
    await rehearseHttp(config.http, { now, requireWritable }).catch((error: unknown) => {
      throw placedFault(error, config.source.file);
    });
  }
  return [...credentials.warnings, ...exposureWarnings(config)];
}

/**
 * What would be in force after a start, for questions that need no connection.
 *
 * @param learned URLs of revocation lists that clients name: of those, as of all URLs, the copies on disk are read
 * @throws MutualError where a start would fail
 */
export function rehearseGeneration(config: Config, now: () => number, learned?: LearnedUrls): Generation {
  const credentials = loadCredentials(config, now(), learned);
  const generation = createGeneration(config, credentials, {
    now,
    previous: undefined,
    upstreams: (...from) => createUpstreams(...from, undefined, { log: silent, now }),
  });
  void generation.upstreams.close();
  return generation;
}

/** A log file that is there, or a directory that one can be made in: a look must leave none behind. */
function requireWritable(file: string): void {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) throw new MutualError('file-unwritable', 'it is a directory');
    accessSync(found === undefined ? dirname(file) : file, constants.W_OK);
  } catch (error) {
    throw new MutualError('file-unwritable', `${file} cannot be opened for the log: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
