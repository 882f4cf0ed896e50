// A text with variables, compiled: nginx's complex value. Rendering it concatenates; what is not found is empty.

export type Getter<R> = (request: R) => string | undefined;

export interface Value<R> {
  readonly source: string;
  /** Set where no variable stands in it. */
  readonly constant: string | undefined;
  of(request: R): string;
}

export function constantValue(text: string): Value<unknown> {
  return { source: text, constant: text, of: () => text };
}

/** A part of a text: itself, a variable, or a group of the last match. */
export type Part = string | { readonly variable: string } | { readonly capture: number };

const reference = /\$(?:\{(\w+)\}|(\w+))/g;

/** Takes a text apart; a `$` without a name is itself, which nginx refuses when it reads a file. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(reference)) {
    const [whole, braced, bare] = match;
    let name = (braced ?? bare) as string;
    let length = whole.length;
    if (/^[1-9]/.test(name)) {
      // nginx takes one digit for a group: `$10` is the first group and a zero.
      if (braced === undefined) length = 2;
      name = name[0] as string;
    }
    if (match.index > at) parts.push(text.slice(at, match.index));
    parts.push(/^[1-9]$/.test(name) ? { capture: Number(name) } : { variable: name.toLowerCase() });
    at = match.index + length;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

export function captureOf(request: { readonly captures: readonly (string | undefined)[] }, index: number): string {
  return request.captures[index] ?? '';
}
