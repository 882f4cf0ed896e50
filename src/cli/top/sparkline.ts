// Numbers in, a line of bars for a terminal out: the last of them, one column each.

const bars = '▁▂▃▄▅▆▇█';

/** @param values the newest is last; nothing is drawn for 0 */
export function sparkline(values: readonly number[], columns: number): string {
  const shown = values.slice(-columns);
  const greatest = Math.max(...shown, 1);
  const text = shown
    .map((value) => (value === 0 ? ' ' : bars[Math.ceil((value / greatest) * bars.length) - 1]))
    .join('');
  return text.padStart(columns);
}
