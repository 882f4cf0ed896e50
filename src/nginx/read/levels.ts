// The levels of a file: http, its servers, their locations. What a directive is at one level comes from the innermost
// block that has it, as nginx inherits.

import type { DirectiveNode } from './directive-node.ts';

/** From the outermost block to the innermost. */
export type Level = readonly (readonly DirectiveNode[])[];

/** The directives of this name in the innermost block that has one. */
export function inheritedAll(level: Level, name: string): readonly DirectiveNode[] {
  const block = level.findLast((nodes) => nodes.some((node) => node.name === name));
  return block?.filter((node) => node.name === name) ?? [];
}

export function inherited(level: Level, name: string): DirectiveNode | undefined {
  return inheritedAll(level, name)[0];
}

/** The first argument of it. */
export function inheritedText(level: Level, name: string): string | undefined {
  return inherited(level, name)?.args[0];
}

export function isOn(level: Level, name: string, byDefault: boolean): boolean {
  const text = inheritedText(level, name);
  return text === undefined ? byDefault : text.toLowerCase() === 'on';
}

export function blocksOf(nodes: readonly DirectiveNode[], name: string): DirectiveNode[] {
  return nodes.filter((node) => node.name === name && node.block !== undefined);
}

/** Calls `visit` for every location of a block, the ones within locations and the blocks of `if` among them. */
export function eachLocation(level: Level, visit: (location: DirectiveNode, level: Level) => void): void {
  for (const node of level.at(-1) ?? []) {
    if (node.block === undefined || !['location', 'if', 'limit_except'].includes(node.name)) continue;
    const inner = [...level, node.block];
    visit(node, inner);
    eachLocation(inner, visit);
  }
}
