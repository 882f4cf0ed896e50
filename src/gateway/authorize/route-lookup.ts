// Paths, regular expressions and the value of each come in; a function that chooses one value for a path goes out,
// in the order of nginx (ngx_http_core_find_location). Its time does not grow with the number of paths.

import { createPrefixIndex } from './prefix-index.ts';

/**
 * Longer paths are not given to regular expressions, whose time may grow faster than the path. Where there are any
 * such paths belong to nothing, for the expression that was not asked might have been the guard.
 */
export const maxRegexPathLength = 4096;

/** In the order of the file; of equal paths the first counts. */
export interface LookupEntries<Value> {
  readonly exact: readonly (readonly [string, Value])[];
  readonly prefix: readonly (readonly [string, Value])[];
  readonly regex: readonly (readonly [RegExp, Value])[];
}

export function createLookup<Value>(entries: LookupEntries<Value>): (path: string) => Value | undefined {
  const exact = new Map(entries.exact.toReversed());
  const prefixes = createPrefixIndex(entries.prefix);
  const { regex } = entries;
  return (path) => {
    const found = exact.get(path);
    if (found !== undefined) return found;
    if (regex.length > 0) {
      if (path.length > maxRegexPathLength) return undefined;
      for (const [pattern, value] of regex) if (pattern.test(path)) return value;
    }
    return prefixes.longest(path);
  };
}
