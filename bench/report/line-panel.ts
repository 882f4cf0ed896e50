// A figure that was measured while something grew, a line for each program; what grows does so tenfold or more.

import type { Entry, Figure } from '../result.ts';
import { escapeXml, type Panel, styleOf } from './picture.ts';
import { amount } from './print-figure.ts';

const left = 20;
const right = 150;
const top = 40;
const plotHeight = 100;

export function linePanel({ title, unit, entries }: Figure, width: number): Panel {
  const xs = [...new Set(entries.map(({ x = 0 }) => x))].sort((a, b) => a - b);
  const most = Math.max(...entries.map(({ high }) => high));
  // Each step is as wide as the next: 0, 1,000 and 100,000 have no common scale.
  const xOf = (x = 0): number => left + (xs.indexOf(x) / Math.max(1, xs.length - 1)) * (width - left - right);
  const yOf = (value: number): number => Math.round((top + plotHeight * (1 - value / most)) * 10) / 10;
  const bottom = top + plotHeight;
  const ticks = xs.map(
    (x) => `<text class="quiet" x="${xOf(x)}" y="${bottom + 18}" text-anchor="middle">${x.toLocaleString('en')}</text>`,
  );
  const lines = [...Map.groupBy(entries, ({ program }) => program)].map(([program, own]) => {
    const points = own.map(({ x, median }) => `${xOf(x)},${yOf(median)}`).join(' ');
    const last = own.at(-1) as Entry;
    const label = `${program} ${amount(last.median)} ${unit}`;
    const dots = own.map(({ x, median, low, high }) => {
      const at = xOf(x);
      return `<line class="whisker" x1="${at}" y1="${yOf(low)}" x2="${at}" y2="${yOf(high)}"/><circle class="dot ${styleOf(program)}" cx="${at}" cy="${yOf(median)}" r="3"/>`;
    });
    return `<polyline class="line ${styleOf(program)}" points="${points}"/>${dots.join('')}<text x="${xOf(last.x) + 10}" y="${yOf(last.median) + 4}">${escapeXml(label)}</text>`;
  });
  return {
    height: bottom + 24,
    svg: `<text class="title" y="12">${escapeXml(title)}</text><line class="axis" x1="${left}" y1="${bottom}" x2="${width - right}" y2="${bottom}"/>${ticks.join('')}${lines.join('\n')}`,
  };
}
