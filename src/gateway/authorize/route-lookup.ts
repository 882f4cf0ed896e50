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

/** In exact paths and prefixes letter case of escapes makes no difference (RFC 3986 §6.2.2.1). */
export function createLookup<Value>(entries: LookupEntries<Value>): (path: string) => Value | undefined {
  const exact = new Map(entries.exact.map(([path, value]) => [withUpperCaseEscapes(path), value] as const).reverse());
  const prefixes = createPrefixIndex(
    entries.prefix.map(([path, value]) => [withUpperCaseEscapes(path), value] as const),
  );
  const { regex } = entries;
  return (path) => {
    const literal = withUpperCaseEscapes(path);
    const found = exact.get(literal);
    if (found !== undefined) return found;
    if (regex.length > 0) {
      if (path.length > maxRegexPathLength) return undefined;
      for (const [pattern, value] of regex) if (pattern.test(path)) return value;
    }
    return prefixes.longest(literal);
  };
}

function withUpperCaseEscapes(path: string): string {
  return path.includes('%') ? path.replaceAll(/%[0-9a-f]{2}/gi, (triplet) => triplet.toUpperCase()) : path;
}
