// The arguments of a directive in, a fault in nginx's words where they are not of the kind that its row names
// (src/core/ngx_conf_file.c, the ngx_conf_set_…_slot functions).

import type { ValueKind } from '../directives/value-kind.ts';
import { NginxFault, type NginxLevel, type Place } from '../nginx-fault.ts';
import { parseNginxNumber, parseNginxSeconds, parseNginxSize, parseNginxTime } from './units.ts';

export interface ValueContext {
  readonly name: string;
  readonly args: readonly string[];
  readonly at: Place;
  readonly warn: (text: string, level?: NginxLevel) => void;
}

/** @throws NginxFault */
export function checkValue(value: ValueKind, { name, args, at, warn }: ValueContext): void {
  const [first = '', second = ''] = args;
  const fail = (text: string): never => {
    throw new NginxFault(text, at);
  };
  const invalid = (what: 'value' | 'number' = 'value'): never => fail(`"${name}" directive invalid ${what}`);
  switch (value.kind) {
    case 'flag':
      if (!/^(on|off)$/i.test(first)) {
        fail(`invalid value "${first}" in "${name}" directive, it must be "on" or "off"`);
      }
      return;
    case 'number':
      checkNumber(first, value, invalid, fail);
      return;
    case 'size':
      if (parseNginxSize(first) === undefined) invalid();
      return;
    case 'offset':
      if (parseNginxSize(first, true) === undefined) invalid();
      return;
    case 'milliseconds':
      if (parseNginxTime(first) === undefined) invalid();
      return;
    case 'seconds':
      if (parseNginxSeconds(first) === undefined) invalid();
      return;
    case 'buffers':
      if ((parseNginxNumber(first) ?? 0) === 0 || (parseNginxSize(second) ?? 0) === 0) invalid();
      return;
    case 'one-of':
      if (!value.words.some((word) => word.toLowerCase() === first.toLowerCase())) fail(`invalid value "${first}"`);
      return;
    case 'some-of':
      checkWords(value.words, args, warn, fail);
      return;
    case 'path':
      for (const level of args.slice(1)) {
        if ((parseNginxNumber(level) ?? 0) === 0) invalid();
      }
      return;
    case 'access':
      for (const right of args) {
        if (!/^(user|group|all):(rw|r)$/.test(right)) fail(`invalid value "${right}"`);
      }
      return;
    default:
      return;
  }
}

function checkNumber(
  text: string,
  { least, most }: { readonly least?: number; readonly most?: number },
  invalid: (what: 'number') => never,
  fail: (text: string) => never,
): void {
  const value = parseNginxNumber(text) ?? invalid('number');
  if (least === undefined || most === undefined) return;
  if (value < least || value > most) fail(`value must be between ${least} and ${most}`);
}

function checkWords(
  known: readonly string[],
  words: readonly string[],
  warn: (text: string) => void,
  fail: (text: string) => never,
): void {
  const seen = new Set<string>();
  for (const word of words) {
    const meant = known.find((one) => one.toLowerCase() === word.toLowerCase());
    if (meant === undefined) fail(`invalid value "${word}"`);
    else if (seen.has(meant)) warn(`duplicate value "${word}"`);
    else seen.add(meant);
  }
}
