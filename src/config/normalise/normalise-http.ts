// The `http` section: its folders made absolute. All else stays as written until the gateway compiles it.

import { resolve } from 'node:path';
import type { HttpConfig } from '../http-schema.ts';

/** @param folder the one of the configuration file */
export function normaliseHttp(http: HttpConfig, folder: string): HttpConfig {
  const prefix = resolve(folder, http.prefix ?? '.');
  return { ...http, prefix, configurationPrefix: resolve(folder, http.configurationPrefix ?? prefix) };
}
