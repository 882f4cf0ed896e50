// The rewrite module: `set`, `if`, `rewrite`, `return`, `break`, in the order of the file.

import { parseCondition } from '../check/rewrite-checks.ts';
import type { DirectiveNode } from '../read/directive-node.ts';
import { translateSettings } from './settings.ts';

/** Undefined where a block has none. */
export function translateSteps(block: readonly DirectiveNode[]): unknown[] | undefined {
  const steps = block.flatMap(translateStep);
  return steps.length === 0 ? undefined : steps;
}

function translateStep({ name, args, at, block }: DirectiveNode): unknown[] {
  const [first = '', second] = args;
  switch (name) {
    case 'set':
      return [{ set: first, value: second ?? '' }];
    case 'rewrite':
      return [{ rewrite: first, to: second ?? '', ...(args[2] === undefined ? {} : { flag: args[2] }) }];
    case 'return':
      return [translateReturn(first, second)];
    case 'break':
      return ['break'];
    case 'if':
      return [translateIf({ name, args, at, ...(block === undefined ? {} : { block }) })];
    default:
      return [];
  }
}

/** A URL alone is a redirect. */
function translateReturn(first: string, second: string | undefined): object {
  if (!/^\d+$/.test(first)) return { return: 302, text: first };
  return { return: Number(first), ...(second === undefined ? {} : { text: second }) };
}

const fileTests = { file: '-f', directory: '-d', exists: '-e', executable: '-x' } as const;

function translateIf({ args, at, block = [] }: DirectiveNode): object {
  const { kind, negated, subject, value, isCaseless } = parseCondition(args, at);
  const not = negated ? '!' : '';
  const left = `$${subject}`;
  const condition =
    kind === 'true'
      ? { left }
      : kind === 'equal'
        ? { left, operator: negated ? '!=' : '=', right: value }
        : kind === 'regex'
          ? { left, operator: `${not}~${isCaseless ? '*' : ''}`, right: value }
          : { left: subject, operator: `${not}${fileTests[kind]}` };
  const steps = translateSteps(block);
  const settings = translateSettings(block);
  return {
    if: condition,
    ...(steps === undefined ? {} : { steps }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
  };
}
