// Header maps: no header twice.

import type { Finding, KeyPath } from '../config-error.ts';
import { fieldsOf } from './raw.ts';

/** Header names are the same in any case, which YAML does not know. */
export function checkRepeatedHeaders(headers: unknown, path: KeyPath): Finding[] {
  const names = Object.keys(fieldsOf(headers));
  return names.flatMap((name, index): Finding[] => {
    const first = names.slice(0, index).find((other) => other.toLowerCase() === name.toLowerCase());
    return first === undefined
      ? []
      : [{ path: [...path, name], message: `is the same header as ${first}`, atKey: true }];
  });
}
