// One figure of several programs, a bar each, with the spread of the rounds on it.

import type { Figure } from '../result.ts';
import { escapeXml, type Panel, styleOf } from './picture.ts';
import { amount } from './print-figure.ts';

const barsAt = 150;
const rowHeight = 22;
const top = 28;
/** For the number behind the longest bar. */
const numbers = 110;

export function barPanel({ title, unit, entries }: Figure, width: number): Panel {
  const most = Math.max(...entries.map(({ high }) => high));
  const x = (value: number): number => Math.round((value / most) * (width - barsAt - numbers) * 10) / 10;
  const rows = entries.map(({ program, median, low, high, ratio }, i) => {
    const y = top + i * rowHeight;
    const middle = y + 8;
    const times = ratio === undefined ? '' : ` <tspan class="quiet">${ratio.toFixed(2)}</tspan>`;
    return [
      `<text x="${barsAt - 8}" y="${y + 12}" text-anchor="end">${escapeXml(program)}</text>`,
      `<rect class="bar ${styleOf(program)}" x="${barsAt}" y="${y}" width="${x(median)}" height="16" rx="2"/>`,
      `<line class="whisker" x1="${barsAt + x(low)}" y1="${middle}" x2="${barsAt + x(high)}" y2="${middle}"/>`,
      `<text x="${barsAt + x(high) + 6}" y="${y + 12}">${amount(median)} ${unit}${times}</text>`,
    ].join('');
  });
  return {
    height: top + entries.length * rowHeight,
    svg: `<text class="title" y="12">${escapeXml(title)}</text>${rows.join('\n')}`,
  };
}
