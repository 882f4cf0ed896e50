// `map` (ngx_http_map_module.c): a variable whose value depends on that of a text. Strings are compared without regard to
// case, wildcards of hosts after them, then regular expressions in order.

import type { HttpMapConfig } from '../../../config/http-schema.ts';
import { toBinary } from '../binary-text.ts';
import type { Request } from '../request.ts';
import type { Compiler } from '../script/compiler.ts';
import { compileRegex, type Regex } from '../script/regex.ts';
import { constantValue, type Getter, type Value } from '../script/value.ts';

export function defineMap(map: HttpMapConfig, compiler: Compiler): Getter<Request> {
  const source = compiler.value(map.source);
  const exact = new Map<string, Value<Request>>();
  const heads: [suffix: string, value: Value<Request>][] = [];
  const tails: [prefix: string, value: Value<Request>][] = [];
  const regexes: [regex: Regex, value: Value<Request>][] = [];
  let otherwise = constantValue('');
  if (map.default !== undefined) otherwise = compiler.value(map.default);
  for (const { when, value: text } of map.entries) {
    const value = compiler.value(text);
    const insensitive = when.startsWith('~*');
    if (when.startsWith('~')) regexes.push([compileRegex(when.slice(insensitive ? 2 : 1), insensitive), value]);
    else {
      const key = toBinary(when.startsWith('\\') ? when.slice(1) : when).toLowerCase();
      if (map.hostnames && key.startsWith('*.')) heads.push([key.slice(1), value]);
      else if (map.hostnames && key.startsWith('.')) {
        heads.push([key, value]);
        if (!exact.has(key.slice(1))) exact.set(key.slice(1), value);
      } else if (map.hostnames && key.endsWith('.*')) tails.push([key.slice(0, -1), value]);
      else exact.set(key, value);
    }
  }
  heads.sort(([a], [b]) => b.length - a.length);
  tails.sort(([a], [b]) => b.length - a.length);

  function find(request: Request, text: string): Value<Request> {
    const lower = text.toLowerCase();
    const key = map.hostnames ? lower.replace(/\.$/, '') : lower;
    const one = exact.get(key);
    if (one !== undefined) return one;
    if (key !== '') {
      const head = heads.find(([suffix]) => key.endsWith(suffix));
      if (head !== undefined) return head[1];
      const tail = tails.find(([prefix]) => key.length > prefix.length && key.startsWith(prefix));
      if (tail !== undefined) return tail[1];
    }
    return regexes.find(([regex]) => regex.exec(request, text))?.[1] ?? otherwise;
  }
  return remembered(map.variable, map.volatile, (request) => find(request, source.of(request)).of(request));
}

/** A value that is looked up once for each request. */
export function remembered(variable: string, volatile: boolean, read: (request: Request) => string): Getter<Request> {
  if (volatile) return read;
  const name = variable.slice(1).toLowerCase();
  return (request) => {
    const value = read(request);
    request.variables.set(name, value);
    return value;
  };
}
