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
    .replace(/\\h/g, '[ \\t]')
    .replace(/\\Q(.*?)\\E/gs, (_all, literal: string) => literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return { text: withAnchors(text, flags), flags };
}

/**
 * PCRE's `$` also stands before a line feed at the end, and its `.` takes everything but that: a rule that denies
 * `\.php$` must find `/x.php%0a`, too.
 */
function withAnchors(source: string, flags: string): string {
  const end = flags.includes('m') ? '$' : '(?=\\n?$)';
  let text = '';
  let inClass = false;
  for (let at = 0; at < source.length; at += 1) {
    const character = source[at] as string;
    if (character === '\\') {
      at += 1;
      const escaped = source[at] ?? '';
      if (!inClass && escaped === 'Z') text += '(?=\\n?(?![^]))';
      else if (!inClass && escaped === 'z') text += '(?![^])';
      else text += `\\${escaped}`;
    } else if (inClass) {
      inClass = character !== ']';
      text += character;
    } else if (character === '[') {
      inClass = true;
      const not = source[at + 1] === '^' ? '^' : '';
      at += not.length;
      text += `[${not}`;
      // A bracket that stands first is itself.
      if (source[at + 1] === ']') {
        at += 1;
        text += '\\]';
      }
    } else if (character === '.' && !flags.includes('s')) text += '[^\\n]';
    else text += character === '$' ? end : character;
  }
  return text;
}

/** The groups of an expression that have a name, as they are written. */
export function namesOfPcre(source: string): string[] {
  return [...source.matchAll(/\(\?P?<([A-Za-z_]\w*)>|\(\?'(\w+)'/g)].map(([, one, other]) => one ?? other ?? '');
}
