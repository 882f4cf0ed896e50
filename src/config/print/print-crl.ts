// Revocation lists of a server or upstream as the file would have them.

import type { CrlUrlConfig } from '../schema.ts';
import { formatDuration } from '../units.ts';
import { oneOrMore } from './print-scalars.ts';

export function printCrl(files: readonly string[], urls: readonly CrlUrlConfig[] = []): unknown {
  const sources = [...files, ...urls.map(({ url, refreshMs }) => ({ url, refresh: formatDuration(refreshMs) }))];
  return sources.length === 0 ? undefined : oneOrMore<unknown>(sources);
}
