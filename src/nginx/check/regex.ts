// Regular expressions of nginx files are PCRE's; ours are JavaScript's. What they share is nearly all that such files
// have; the rest is translated here, or refused with its place.

import { NginxFault, type Place } from '../nginx-fault.ts';
import type { Reading } from '../read/directive-node.ts';

/** The JavaScript source of a PCRE expression, as far as there is one. */
export function translateRegex(pattern: string): string {
  return pattern
    .replaceAll(/\(\?P?<([A-Za-z_]\w*)>/g, '(?<$1>')
    .replaceAll(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replaceAll(/\[\[:(\w+):\]\]/g, (whole, name: string) =>
      classes[name] === undefined ? whole : `[${classes[name]}]`,
    )
    .replaceAll(/([*+?}])\+/g, '$1')
    .replace(/\\A/g, '^')
    .replace(/\\[zZ]/g, '$');
}

const classes: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  xdigit: '0-9A-Fa-f',
  word: '\\w',
};

/** Leading `(?i)` and its like, which JavaScript writes as flags. */
export function splitInlineFlags(pattern: string): { readonly source: string; readonly isCaseless: boolean } {
  const match = /^\(\?([imsx]+)\)/.exec(pattern);
  return match === null
    ? { source: pattern, isCaseless: false }
    : { source: pattern.slice(match[0].length), isCaseless: match[1]?.includes('i') === true };
}

/** Notes the variables that named groups define. @throws NginxFault */
export function checkRegex(pattern: string, at: Place, reading: Reading): void {
  const { source } = splitInlineFlags(pattern);
  try {
    new RegExp(translateRegex(source), 'u');
  } catch {
    try {
      // Escapes that PCRE takes for the character itself.
      new RegExp(translateRegex(source));
    } catch (error) {
      throw new NginxFault(pcreFault(pattern, error), at);
    }
  }
  for (const [, name = ''] of pattern.matchAll(/\(\?P?<([A-Za-z_]\w*)>/g)) reading.defined.add(name.toLowerCase());
}

function pcreFault(pattern: string, error: unknown): string {
  const text = String((error as Error).message);
  const what = /Unterminated group/.test(text)
    ? 'missing closing parenthesis'
    : /Unterminated character class/.test(text)
      ? 'missing terminating ] for character class'
      : /Nothing to repeat/.test(text)
        ? 'quantifier does not follow a repeatable item'
        : /Unmatched '\)'/.test(text)
          ? 'unmatched closing parenthesis'
          : text.replace(/^Invalid regular expression: /, '');
  return `pcre2_compile() failed: ${what} in "${pattern}"`;
}
