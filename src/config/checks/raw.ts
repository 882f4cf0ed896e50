// The document as YAML gave it, taken apart without trusting its shape: what is not as expected is simply empty. So
// the checks between keys can run, and report, while other keys are still wrong.

/** The keys of a mapping; none of anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The items of a list; none of anything else. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** One value or a list of values, each with the steps of the path that lead to it. */
export function oneOrMoreOf(value: unknown): readonly { readonly value: unknown; readonly steps: readonly number[] }[] {
  if (Array.isArray(value)) {
    return value.map((item, index) => ({ value: item, steps: [index] }));
  }
  return value === undefined ? [] : [{ value, steps: [] }];
}

/** The text there, or undefined. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
