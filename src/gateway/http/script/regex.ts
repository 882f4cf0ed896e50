// Regular expressions of nginx files, run by JavaScript's engine on bytes, one character a byte. Groups with a name
// become variables.

import { namesOfPcre, translatePcre } from '../../../config/pcre.ts';
import { MutualError, messageOf } from '../../../errors.ts';
import { toBinary } from '../binary-text.ts';

/** What remembers the groups of the last match. */
export interface Captured {
  captures: readonly (string | undefined)[];
  readonly variables: Map<string, string | undefined>;
}

export interface Regex {
  readonly source: string;
  /** Named groups in lower case, with the name that the expression has for them. */
  readonly names: readonly (readonly [variable: string, group: string])[];
  /** Matches, and remembers the groups for `$1` to `$9` and for the variables. */
  exec(request: Captured, text: string): boolean;
  /** Matches alone. */
  match(text: string): RegExpExecArray | null;
}

/** @throws MutualError `config-invalid` */
export function compileRegex(source: string, ignoreCase: boolean): Regex {
  const { text, flags } = translatePcre(toBinary(source), ignoreCase);
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

/** The variables that an expression sets. */
export function namesOfRegex(source: string): string[] {
  return namesOfPcre(source).map((name) => name.toLowerCase());
}
