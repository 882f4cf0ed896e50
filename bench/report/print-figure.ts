// A figure as lines for a terminal.

import type { Entry, Figure } from '../result.ts';

export function printFigure({ title, unit, grows, entries }: Figure): string {
  const lines = entries.map((entry) => {
    const name = grows === undefined ? entry.program : `${entry.program}, ${entry.x} ${grows}`;
    const ratio = entry.ratio === undefined ? '' : `   ${entry.ratio.toFixed(2)}`;
    return `  ${name.padEnd(40)} ${amount(entry.median).padStart(8)} ${unit}   (${range(entry)})${ratio}\n`;
  });
  const compared = grows === undefined ? 'ratio to nginx' : 'ratio to the first';
  return `${title}, median of the rounds (lowest to highest), ${compared}:\n${lines.join('')}\n`;
}

export function range({ low, high }: Entry): string {
  return `${amount(low)} to ${amount(high)}`;
}

/** Three digits that mean something. */
export function amount(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}
