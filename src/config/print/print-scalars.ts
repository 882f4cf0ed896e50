// Single values as a file has them.

import { formatSize } from '../units.ts';

/** A size: a number where no unit fits. */
export function printSize(bytes: number): string | number {
  const text = formatSize(bytes);
  return /^[0-9]+$/.test(text) ? bytes : text;
}

/** One value stands for itself, several as a list. */
export function oneOrMore<T>(values: readonly T[]): T | readonly T[] {
  const [first, ...more] = values;
  return first !== undefined && more.length === 0 ? first : values;
}
