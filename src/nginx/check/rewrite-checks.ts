// `return`, `rewrite`, `set`, `if`, and the blocks that make variables.

import { NginxFault, type Place } from '../nginx-fault.ts';
import type { Check, Reading } from '../read/directive-node.ts';
import { findNginxVariable } from '../variables.ts';
import { checkRegex } from './regex.ts';
import { defineVariable, useVariables } from './variables-used.ts';

export const rewriteChecks: Readonly<Record<string, Check>> = {
  return({ args: [first = '', second], at }, _scope, reading) {
    if (/^\d+$/.test(first) && Number(first) <= 999) {
      if (second !== undefined) useVariables(second, at, reading);
      return;
    }
    const isUrl = second === undefined && /^(https?:\/\/|\$scheme)/.test(first);
    if (!isUrl) throw new NginxFault(`invalid return code "${first}"`, at);
    useVariables(first, at, reading);
  },
  rewrite({ args: [pattern = '', replacement = '', flag], at }, _scope, reading) {
    if (replacement === '') throw new NginxFault('empty replacement', at);
    checkRegex(pattern, at, reading);
    if (flag !== undefined && !['last', 'break', 'redirect', 'permanent'].includes(flag)) {
      throw new NginxFault(`invalid parameter "${flag}"`, at);
    }
    useVariables(replacement, at, reading);
  },
  set({ args: [name = '', value = ''], at }, _scope, reading) {
    define(name, at, reading, true);
    useVariables(value, at, reading);
  },
  if({ args, at }, _scope, reading) {
    checkCondition(args, at, reading);
  },
  map({ args: [source = '', name = ''], at }, _scope, reading) {
    useVariables(source, at, reading);
    define(name, at, reading, false);
  },
  geo({ args, at }, _scope, reading) {
    const name = args.at(-1) ?? '';
    const source = args.length === 2 ? (args[0] ?? '') : undefined;
    if (source !== undefined) {
      if (!/^\$./.test(source)) throw new NginxFault(`invalid variable name "${source}"`, at);
      useVariables(source, at, reading);
    }
    define(name, at, reading, false);
  },
  split_clients({ args: [source = '', name = ''], at }, _scope, reading) {
    useVariables(source, at, reading);
    define(name, at, reading, false);
  },
};

/** A variable of nginx's own cannot be defined anew, but for some that may be set. */
function define(text: string, at: Place, reading: Reading, isSet: boolean): void {
  if (text === '$') throw new NginxFault('invalid variable name "$"', at);
  if (!text.startsWith('$')) throw new NginxFault(`invalid variable name "${text}"`, at);
  const name = text.slice(1).toLowerCase();
  const known = findNginxVariable(name, reading.minor);
  const mayChange = known === undefined || known.isFamily || (isSet && known.isSettable);
  if (!mayChange) throw new NginxFault(`the duplicate "${name}" variable`, at);
  defineVariable(text, at, reading);
}

export interface Condition {
  readonly kind: 'true' | 'equal' | 'regex' | 'file' | 'directory' | 'exists' | 'executable';
  readonly negated: boolean;
  /** A variable's name, or a text with variables for files. */
  readonly subject: string;
  /** A text with variables, or a regular expression. */
  readonly value: string;
  readonly isCaseless: boolean;
}

/** Takes off the parentheses of `if (…)`; undefined where there are none. */
function conditionWords(args: readonly string[]): string[] | undefined {
  const words = [...args];
  const first = words[0] ?? '';
  if (!first.startsWith('(')) return undefined;
  if (first === '(') words.shift();
  else words[0] = first.slice(1);
  const last = words.at(-1) ?? '';
  if (!last.endsWith(')')) return undefined;
  if (last === ')') words.pop();
  else words[words.length - 1] = last.slice(0, -1);
  return words;
}

/** @throws NginxFault */
export function parseCondition(args: readonly string[], at: Place): Condition {
  const words = conditionWords(args);
  const invalid = (text: string): never => {
    throw new NginxFault(`invalid condition "${text}"`, at);
  };
  if (words === undefined) return invalid((args[0] ?? '').replace(/^\((?=.)/, ''));
  const [first = '', operator, value] = words;
  if (first.startsWith('$') && first.length > 1) {
    const subject = first.slice(1).toLowerCase();
    if (words.length === 1) return { kind: 'true', negated: false, subject, value: '', isCaseless: false };
    if (words.length !== 3 || value === undefined) return invalid(first);
    if (operator === '=' || operator === '!=') {
      return { kind: 'equal', negated: operator === '!=', subject, value, isCaseless: false };
    }
    if (operator === '~' || operator === '~*' || operator === '!~' || operator === '!~*') {
      return {
        kind: 'regex',
        negated: operator.startsWith('!'),
        subject,
        value,
        isCaseless: operator.endsWith('*'),
      };
    }
    throw new NginxFault(`unexpected "${operator}" in condition`, at);
  }
  const test = /^(!?)-([fdex])$/.exec(first);
  if (test === null || words.length !== 2 || operator === undefined) return invalid(first);
  const kinds = { f: 'file', d: 'directory', e: 'exists', x: 'executable' } as const;
  const kind = kinds[test[2] as keyof typeof kinds];
  return { kind, negated: test[1] === '!', subject: operator, value: '', isCaseless: false };
}

function checkCondition(args: readonly string[], at: Place, reading: Reading): void {
  const condition = parseCondition(args, at);
  const { kind, subject, value } = condition;
  if (kind === 'true' || kind === 'equal' || kind === 'regex') {
    if (!/^[1-9]$/.test(subject)) reading.used.add(subject);
  } else {
    useVariables(subject, at, reading);
  }
  if (kind === 'regex') checkRegex(value, at, reading);
  if (kind === 'equal') useVariables(value, at, reading);
}
