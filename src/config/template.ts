// Texts with $variables. A text comes in, a list of literal and variable parts goes out, once, when the
// configuration is read; rendering is a plain concatenation. An unknown variable is refused here, so that no
// request ever meets one.

import { MutualError } from '../errors.ts';
import { suggestion } from './suggest.ts';
import { findVariable, type VariableScope, variables } from './variables.ts';

/** One part of a template: text as it is, or the name of a variable, in lower case without its `$`. */
export type TemplatePart = { readonly literal: string } | { readonly variable: string };

/** A parsed text: `source` as the operator wrote it, `parts` in order. The empty text has no parts. */
export interface Template {
  readonly source: string;
  readonly parts: readonly TemplatePart[];
}

/**
 * Reads `$name` and `${name}`; `$$` is a dollar sign. Names are those of variables.ts, in any case, as in nginx. Throws
 * `config-invalid` on an unknown variable, a lone `$`, or one that is known only later than `scope` says.
 */
export function parseTemplate(text: string, scope: VariableScope = 'log'): Template {
  const parts: TemplatePart[] = [];
  let literal = '';
  let rest = text;
  while (rest !== '') {
    const dollar = rest.indexOf('$');
    if (dollar !== 0) {
      literal += dollar === -1 ? rest : rest.slice(0, dollar);
      rest = dollar === -1 ? '' : rest.slice(dollar);
      continue;
    }
    if (rest.startsWith('$$')) {
      literal += '$';
      rest = rest.slice(2);
      continue;
    }
    const match = /^\$(?:\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/.exec(rest);
    const name = match?.[1] ?? match?.[2];
    if (match === null || name === undefined) {
      throw new MutualError('config-invalid', `a variable is $name or \${name}; write $$ for a dollar sign`);
    }
    if (literal !== '') {
      parts.push({ literal });
      literal = '';
    }
    parts.push({ variable: checkVariable(name, scope) });
    rest = rest.slice(match[0].length);
  }
  if (literal !== '') {
    parts.push({ literal });
  }
  return { source: text, parts };
}

/** The text with each variable replaced by what `lookUp` says. */
export function renderTemplate(template: Template, lookUp: (name: string) => string): string {
  let text = '';
  for (const part of template.parts) {
    text += 'literal' in part ? part.literal : lookUp(part.variable);
  }
  return text;
}

function checkVariable(written: string, scope: VariableScope): string {
  const name = written.toLowerCase();
  const variable = findVariable(name);
  if (variable === undefined && /^[0-9]/.test(name)) {
    throw new MutualError(
      'config-invalid',
      `$${written} is no variable: groups of a regex cannot be used; write $$ for a dollar sign`,
    );
  }
  if (variable === undefined) {
    const known = variables.map((entry) => `$${entry.name}`).filter((entry) => !entry.endsWith('*'));
    throw new MutualError('config-invalid', `unknown variable $${written}${suggestion(`$${name}`, known)}`);
  }
  if (variable.scope === 'log' && scope === 'request') {
    throw new MutualError(
      'config-invalid',
      `$${written} is known only when the exchange is over: it can only be logged`,
    );
  }
  return name;
}
