// Regular expressions of nginx files are PCRE's; JavaScript's differ little, and what differs is rewritten here. Both
// work on bytes, one character a byte. Groups with a name become variables.

import { MutualError, messageOf } from '../../../errors.ts';
import { toBinary } from '../binary-text.ts';
import type { Request } from '../request.ts';

export interface Regex {
  readonly source: string;
  /** Named groups in lower case, with the name that the expression has for them. */
  readonly names: readonly (readonly [variable: string, group: string])[];
  /** Matches, and remembers the groups for `$1` to `$9` and for the variables. */
  exec(request: Request, text: string): boolean;
  /** Matches alone. */
  match(text: string): RegExpExecArray | null;
}

const classes: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  word: '\\w',
  blank: ' \\t',
  cntrl: '\\0-\\x1f\\x7f',
  print: ' -~',
  graph: '!-~',
};

/** @throws MutualError `config-invalid` */
export function compileRegex(source: string, ignoreCase: boolean): Regex {
  const { text, flags } = translated(toBinary(source), ignoreCase);
  let regex: RegExp;
  try {
    regex = new RegExp(text, flags);
  } catch (error) {
    throw new MutualError('config-invalid', `the regular expression "${source}" cannot be used: ${messageOf(error)}`);
  }
  const names = [...text.matchAll(/\(\?<([A-Za-z_]\w*)>/g)].map(([, name = '']) => [name.toLowerCase(), name] as const);
  return {
    source,
    names,
    exec(request, subject) {
      const match = regex.exec(subject);
      if (match === null) return false;
      if (match.length > 0) request.captures = match;
      for (const [variable, group] of names) request.variables.set(variable, match.groups?.[group] ?? '');
      return true;
    },
    match: (subject) => regex.exec(subject),
  };
}

/** PCRE's own ways of writing in JavaScript's. */
function translated(source: string, ignoreCase: boolean): { readonly text: string; readonly flags: string } {
  let flags = ignoreCase ? 'i' : '';
  const options = /^\(\?([imsx]+)\)/.exec(source);
  for (const letter of options?.[1] ?? '') if (letter !== 'x' && !flags.includes(letter)) flags += letter;
  const text = source
    .slice(options?.[0].length ?? 0)
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?'(\w+)'/g, '(?<$1>')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\[:(\^?)(\w+):\]/g, (all, _not, name: string) => classes[name] ?? all)
    .replace(/\(\?>/g, '(?:')
    .replace(/([*+?}])\+/g, (all, quantifier: string, at: number, whole: string) =>
      whole[at - 1] === '\\' ? all : quantifier,
    )
    .replace(/\\A/g, '^')
    .replace(/\\[zZ]/g, '$')
    .replace(/\\h/g, '[ \\t]')
    .replace(/\\Q(.*?)\\E/gs, (_all, literal: string) => literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return { text, flags };
}

/** The variables that an expression sets. */
export function namesOfRegex(source: string): string[] {
  return [...source.matchAll(/\(\?P?<([A-Za-z_]\w*)>|\(\?'(\w+)'/g)].map(([, one, other]) =>
    (one ?? other ?? '').toLowerCase(),
  );
}
