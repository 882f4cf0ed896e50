// A command in, lines that can be pasted into a shell out: one if it fits, else one for each of its parts.

import type { FoldOptions } from './fold.ts';

/** @param parts what is not to be torn apart: an option and its value */
export function printCommand(parts: readonly string[], { indent, columns }: FoldOptions): string[] {
  const margin = ' '.repeat(indent);
  const whole = margin + parts.join(' ');
  if (whole.length <= columns) return [whole];
  return parts.map((part, i) => `${margin}${i === 0 ? '' : '  '}${part}${i + 1 < parts.length ? ' \\' : ''}`);
}
