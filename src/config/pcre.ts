// Regular expressions of nginx files are PCRE's; JavaScript's differ little, and what differs is rewritten here: the same
// text for whoever checks an expression and for whoever runs it.

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

export interface JavaScriptRegex {
  readonly text: string;
  readonly flags: string;
}

/** Atomic groups and possessive quantifiers become ordinary ones: they match the same, or more. */
export function translatePcre(source: string, ignoreCase: boolean): JavaScriptRegex {
  let flags = ignoreCase ? 'i' : '';
  const options = /^\(\?([imsx]+)\)/.exec(source);
  for (const letter of options?.[1] ?? '') if (letter !== 'x' && !flags.includes(letter)) flags += letter;
  const text = source
    .slice(options?.[0].length ?? 0)
    .replace(/\(\?#[^)]*\)/g, '')
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

/** The groups of an expression that have a name, as they are written. */
export function namesOfPcre(source: string): string[] {
  return [...source.matchAll(/\(\?P?<([A-Za-z_]\w*)>|\(\?'(\w+)'/g)].map(([, one, other]) => one ?? other ?? '');
}
