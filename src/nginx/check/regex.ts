// A regular expression of an nginx file, checked where it stands; what is wrong with it is said as PCRE says it.

import { namesOfPcre, translatePcre } from '../../config/pcre.ts';
import { NginxFault, type Place } from '../nginx-fault.ts';
import type { Reading } from '../read/directive-node.ts';

/** Notes the variables that named groups define. @throws NginxFault */
export function checkRegex(pattern: string, at: Place, reading: Reading): void {
  const { text, flags } = translatePcre(pattern, false);
  try {
    new RegExp(text, flags);
  } catch (error) {
    throw new NginxFault(`pcre2_compile() failed: ${describe(pattern, String((error as Error).message))}`, at);
  }
  for (const name of namesOfPcre(pattern)) reading.defined.add(name.toLowerCase());
}

/** What is wrong, the pattern, and the rest of it from where it is wrong. */
function describe(pattern: string, message: string): string {
  const from = (what: string, place: number): string =>
    `${what} in "${pattern}"${place < 0 || place >= pattern.length ? '' : ` at "${pattern.slice(place)}"`}`;
  if (/Unterminated group/.test(message)) return from('missing closing parenthesis', -1);
  if (/Unterminated character class/.test(message)) return from('missing terminating ] for character class', -1);
  if (/Nothing to repeat/.test(message)) {
    const place = /(?:^|[(|])([*+?])/d.exec(pattern)?.indices?.[1]?.[0] ?? -1;
    return from('quantifier does not follow a repeatable item', place);
  }
  if (/Unmatched '\)'/.test(message)) return from('unmatched closing parenthesis', unmatchedParenthesis(pattern));
  const digitName = /\(\?P?<(?=\d)/.exec(pattern);
  if (digitName !== null) {
    return from('subpattern name must start with a non-digit', digitName.index + digitName[0].length);
  }
  return from(message.replace(/^Invalid regular expression: /, ''), -1);
}

function unmatchedParenthesis(pattern: string): number {
  let depth = 0;
  for (let place = 0; place < pattern.length; place += 1) {
    if (pattern[place] === '\\') place += 1;
    else if (pattern[place] === '(') depth += 1;
    else if (pattern[place] === ')') {
      if (depth === 0) return place;
      depth -= 1;
    }
  }
  return -1;
}
