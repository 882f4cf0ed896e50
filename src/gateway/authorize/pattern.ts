// A pattern with `*` and `**` comes in, a predicate of values goes out. No regular expression is made of it, and the
// time for a value is at most proportional to its length: values are what strangers had written into certificates.

/**
 * Longer values match no pattern with a star. X.520 limits names to 64 characters, and DNS to 253; a certificate
 * may hold megabytes.
 */
export const maxValueLength = 4096;

/**
 * `*` stands for any run of characters, also an empty one, without a separator; `**` for any run at all. Without a
 * separator both are the same. A pattern without a star matches itself alone.
 *
 * @param separator one character
 */
export function compilePattern(pattern: string, separator?: string): (value: string) => boolean {
  const first = pattern.indexOf('*');
  if (first === -1) return (value) => value === pattern;
  const last = pattern.lastIndexOf('*');
  const prefix = pattern.slice(0, first);
  const suffix = pattern.slice(last + 1);
  const middle = tokensOf(pattern.slice(first, last + 1), separator);
  return (value) =>
    value.length <= maxValueLength &&
    value.length >= prefix.length + suffix.length &&
    value.startsWith(prefix) &&
    value.endsWith(suffix) &&
    matches(middle, value.slice(prefix.length, value.length - suffix.length), separator);
}

/** A character as itself. */
type Token = string | typeof segment | typeof rest;
const segment = Symbol('*');
const rest = Symbol('**');

function tokensOf(pattern: string, separator: string | undefined): readonly Token[] {
  return Array.from(pattern.matchAll(/\*+|[^*]/gs), ([text]): Token => {
    if (!text.startsWith('*')) return text;
    return text.length > 1 || separator === undefined ? rest : segment;
  });
}

function matches(tokens: readonly Token[], value: string, separator: string | undefined): boolean {
  if (tokens.length === 1) {
    return tokens[0] === rest || !value.includes(separator as string);
  }
  // reached[n]: whether the first n tokens match what was read of the value so far.
  const reached: boolean[] = new Array(tokens.length + 1).fill(false);
  reached[0] = true;
  passEmptyRuns(tokens, reached);
  for (let i = 0; i < value.length; i += 1) {
    step(tokens, reached, value[i] as string, separator);
  }
  return reached[tokens.length] as boolean;
}

function step(tokens: readonly Token[], reached: boolean[], character: string, separator: string | undefined): void {
  for (let n = tokens.length; n > 0; n -= 1) {
    const token = tokens[n - 1];
    if (token === segment) reached[n] = (reached[n] as boolean) && character !== separator;
    else if (token !== rest) reached[n] = (reached[n - 1] as boolean) && character === token;
  }
  reached[0] = false;
  passEmptyRuns(tokens, reached);
}

function passEmptyRuns(tokens: readonly Token[], reached: boolean[]): void {
  for (let n = 1; n <= tokens.length; n += 1) {
    const token = tokens[n - 1];
    if (token === segment || token === rest) reached[n] ||= reached[n - 1] as boolean;
  }
}
