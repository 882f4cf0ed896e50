// Reads X-Forwarded-Client-Cert as services do, and shares nothing with what writes it. Services do not agree on what a
// backslash means; a value is sound if it reads the same for all of them.

/** What a backslash does between quotes: escapes whatever follows, escapes a quote only, or nothing. */
export type Backslash = 'any' | 'quote' | 'none';

/** Keys and values of one element, in their order; values without their quotes, escapes as they stand. */
export type XfccElement = readonly (readonly [key: string, value: string])[];

/** @throws Error where the text is not one element after the other */
export function readXfcc(text: string, backslash: Backslash): XfccElement[] {
  const elements: [string, string][][] = [[]];
  let at = 0;
  for (;;) {
    const equals = text.indexOf('=', at);
    if (equals === -1) throw new Error(`no pair at ${at} of ${text}`);
    const key = text.slice(at, equals);
    if (!/^[A-Za-z]+$/.test(key)) throw new Error(`no key at ${at} of ${text}: ${key}`);
    const [value, end] = text[equals + 1] === '"' ? quotedAt(text, equals + 2, backslash) : plainAt(text, equals + 1);
    elements.at(-1)?.push([key, value]);
    if (end === text.length) return elements;
    if (text[end] === ',') elements.push([]);
    else if (text[end] !== ';') throw new Error(`neither pair nor element ends at ${end} of ${text}`);
    at = end + 1;
  }
}

function quotedAt(text: string, start: number, backslash: Backslash): [value: string, end: number] {
  for (let i = start; i < text.length; i += 1) {
    if (text[i] === '"') return [text.slice(start, i), i + 1];
    const escapes = backslash === 'any' || (backslash === 'quote' && text[i + 1] === '"');
    if (text[i] === '\\' && escapes) i += 1;
  }
  throw new Error(`a quote is not closed in ${text}`);
}

function plainAt(text: string, start: number): [value: string, end: number] {
  const length = text.slice(start).search(/[,;]/);
  const end = length === -1 ? text.length : start + length;
  const value = text.slice(start, end);
  if (value.includes('"')) throw new Error(`a quote inside ${value}`);
  return [value, end];
}

/** The one reading that all agree on. @throws Error where they do not */
export function readXfccByAll(text: string): XfccElement[] {
  const [first, ...others] = (['any', 'quote', 'none'] as const).map((backslash) => readXfcc(text, backslash));
  for (const other of others) {
    if (JSON.stringify(other) !== JSON.stringify(first)) throw new Error(`readers disagree about ${text}`);
  }
  return first as XfccElement[];
}
