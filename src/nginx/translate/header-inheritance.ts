// `add_header_inherit` and `add_trailer_inherit`: a block that merges gets the lines of the blocks around it before its
// own, and one that is off has none but its own. All else inherits as our configuration does by itself.

import type { DirectiveNode } from '../read/directive-node.ts';

interface Around {
  readonly mode: string;
  readonly lines: readonly DirectiveNode[];
}

const start: Around = { mode: 'on', lines: [] };

/** The block of `http`, with the lines of its blocks made explicit where they are not inherited as usual. */
export function withInheritedHeaders(http: readonly DirectiveNode[]): readonly DirectiveNode[] {
  let nodes = http;
  for (const directive of ['add_header', 'add_trailer']) nodes = spread(nodes, directive, start);
  return nodes;
}

function spread(block: readonly DirectiveNode[], directive: string, around: Around): readonly DirectiveNode[] {
  const own = block.filter(({ name }) => name === directive);
  const mode = block.find(({ name }) => name === `${directive}_inherit`)?.args[0]?.toLowerCase() ?? around.mode;
  const lines = mode === 'merge' ? [...around.lines, ...own] : own.length > 0 || mode === 'off' ? own : around.lines;
  const inside = block
    .filter(({ name }) => name !== directive)
    .map((node) => (holds(node) ? { ...node, block: spread(node.block ?? [], directive, { mode, lines }) } : node));
  const isPlain = mode === 'on' || (mode === 'merge' && around.lines.length === 0);
  if (isPlain) return [...own, ...inside];
  if (mode === 'merge') return own.length === 0 ? inside : [...lines, ...inside];
  // A header without a name stands for there being none.
  const none = block.find(({ name }) => name === `${directive}_inherit`);
  return own.length > 0 || none === undefined
    ? [...own, ...inside]
    : [{ ...none, name: directive, args: [] }, ...inside];
}

function holds({ name, row }: DirectiveNode): boolean {
  return row?.block === true && ['server', 'location', 'if', 'limit_except'].includes(name);
}
