// Texts with variables, checked as nginx's script engine does (src/http/ngx_http_script.c): which variables are used,
// and that each is written so that it can be read.

import { NginxFault, type Place } from '../nginx-fault.ts';
import type { Reading } from '../read/directive-node.ts';

/** @throws NginxFault */
export function useVariables(text: string, at: Place, reading: Reading): void {
  for (const name of variablesIn(text, at)) reading.used.add(name);
}

/** Names in lower case, captures (`$1`) left out. @throws NginxFault */
export function variablesIn(text: string, at: Place): string[] {
  const names: string[] = [];
  for (let dollar = text.indexOf('$'); dollar !== -1; dollar = text.indexOf('$', dollar + 1)) {
    const rest = text.slice(dollar + 1);
    if (/^[1-9]/.test(rest)) continue;
    const name = /^\{(\w*)|^(\w*)/.exec(rest);
    const inBraces = name?.[1];
    if (inBraces !== undefined && rest[inBraces.length + 1] !== '}') {
      throw new NginxFault(`the closing bracket in "${inBraces}" variable is missing`, at);
    }
    const found = inBraces ?? name?.[2] ?? '';
    if (found === '') throw new NginxFault('invalid variable name', at);
    if (!/^\d/.test(found)) names.push(found.toLowerCase());
  }
  return names;
}

/** Of an argument that has to be one: `$name`. @throws NginxFault */
export function defineVariable(text: string, at: Place, reading: Reading): string {
  if (!text.startsWith('$')) throw new NginxFault(`invalid variable name "${text}"`, at);
  const name = text.slice(1).toLowerCase();
  reading.defined.add(name);
  return name;
}
