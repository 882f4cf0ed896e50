// `location`: its modifier, and which locations may stand in which (src/http/ngx_http_core_module.c,
// ngx_http_core_location; duplicates are found by ngx_http_join_exact_locations).

import { NginxFault } from '../nginx-fault.ts';
import type { Check, DirectiveNode } from '../read/directive-node.ts';
import { checkRegex } from './regex.ts';

export type LocationModifier = '' | '=' | '^~' | '~' | '~*' | '@';

export interface LocationPattern {
  readonly modifier: LocationModifier;
  /** A path, a regular expression, or a name with its `@`. */
  readonly pattern: string;
}

/** @throws NginxFault */
export function parseLocation({ args, at }: DirectiveNode): LocationPattern {
  const [first = '', second] = args;
  if (second !== undefined) {
    if (first === '=' || first === '^~' || first === '~' || first === '~*') {
      return { modifier: first, pattern: second };
    }
    throw new NginxFault(`invalid location modifier "${first}"`, at);
  }
  const [, modifier, pattern = ''] = /^(=|\^~|~\*|~)(.*)$/s.exec(first) ?? [];
  if (modifier !== undefined) return { modifier: modifier as LocationModifier, pattern };
  return { modifier: first.startsWith('@') ? '@' : '', pattern: first };
}

export const isRegexLocation = ({ modifier }: LocationPattern): boolean => modifier === '~' || modifier === '~*';

export const locationCheck: Check = (node, scope, reading) => {
  const { at } = node;
  const location = parseLocation(node);
  const { modifier, pattern } = location;
  if (isRegexLocation(location)) checkRegex(pattern, at, reading);
  const outer = scope.context === 'location' && scope.node !== undefined ? parseLocation(scope.node) : undefined;
  if (outer === undefined) return;
  const quoted = `location "${pattern}"`;
  if (outer.modifier === '=') {
    throw new NginxFault(`${quoted} cannot be inside the exact location "${outer.pattern}"`, at);
  }
  if (outer.modifier === '@') {
    throw new NginxFault(`${quoted} cannot be inside the named location "${outer.pattern}"`, at);
  }
  if (modifier === '@') throw new NginxFault(`named ${quoted} can be on the server level only`, at);
  if (!isRegexLocation(location) && !pattern.startsWith(outer.pattern)) {
    throw new NginxFault(`${quoted} is outside location "${outer.pattern}"`, at);
  }
};

/** Of one block, asked when all is read; regular expressions and names may be there twice. @throws NginxFault */
export function checkDuplicateLocations(block: readonly DirectiveNode[], end: string): void {
  const seen = new Set<string>();
  for (const node of block) {
    if (node.name !== 'location') continue;
    const location = parseLocation(node);
    if (!isRegexLocation(location) && location.modifier !== '@') {
      const key = `${location.modifier === '=' ? '=' : ''}${location.pattern}`;
      if (seen.has(key)) throw new NginxFault(`duplicate location "${location.pattern}"${end}`);
      seen.add(key);
    }
    checkDuplicateLocations(node.block ?? [], end);
  }
}
