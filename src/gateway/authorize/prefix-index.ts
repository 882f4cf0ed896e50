// Texts with values come in; the value of the longest of them that a text begins with goes out. The time for one
// question grows with the logarithm of their number.

export interface PrefixIndex<Value> {
  /** Undefined where no prefix fits. */
  longest(text: string): Value | undefined;
}

interface Entry<Value> {
  readonly prefix: string;
  readonly value: Value;
  /** The longest of the other prefixes that this one begins with. */
  readonly parent: Entry<Value> | undefined;
}

/** Of equal prefixes the first counts. */
export function createPrefixIndex<Value>(prefixes: Iterable<readonly [string, Value]>): PrefixIndex<Value> {
  const unique = new Map<string, Value>();
  for (const [prefix, value] of prefixes) if (!unique.has(prefix)) unique.set(prefix, value);
  const sorted = [...unique].sort(([a], [b]) => (a < b ? -1 : 1));
  const entries: Entry<Value>[] = [];
  for (const [prefix, value] of sorted) {
    entries.push({ prefix, value, parent: fitting(entries.at(-1), prefix) });
  }
  return { longest: (text) => fitting(lastUpTo(entries, text), text)?.value };
}

/**
 * Whatever stands in order between a prefix of `text` and `text` begins with that prefix. So the longest prefix of
 * `text` is the last entry up to it, or one of that entry's parents.
 */
function fitting<Value>(entry: Entry<Value> | undefined, text: string): Entry<Value> | undefined {
  let candidate = entry;
  while (candidate !== undefined && !text.startsWith(candidate.prefix)) candidate = candidate.parent;
  return candidate;
}

function lastUpTo<Value>(entries: readonly Entry<Value>[], text: string): Entry<Value> | undefined {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle] as Entry<Value>).prefix <= text) low = middle + 1;
    else high = middle;
  }
  return entries[low - 1];
}
