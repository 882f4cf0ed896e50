// The figures of a run as one picture in SVG: bars where programs are compared, lines where something grows. Readable on
// light and on dark ground, without a script or a font of its own.

import type { Figure, Result } from '../result.ts';
import { barPanel } from './bar-panel.ts';
import { linePanel } from './line-panel.ts';

const columns = 2;
const panelWidth = 440;
const gap = 24;

const style = `
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; }
  .quiet { fill: #57606a; }
  .bar { fill: #afb8c1; } .bar.mutual { fill: #0969da; } .bar.nginx { fill: #57606a; }
  .line { fill: none; stroke-width: 2; stroke: #57606a; } .line.mutual { stroke: #0969da; }
  .dot { fill: #57606a; } .dot.mutual { fill: #0969da; }
  .whisker { stroke: #24292f; stroke-width: 1; } .axis { stroke: #d0d7de; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .quiet { fill: #9198a1; }
    .bar { fill: #3d444d; } .bar.mutual { fill: #4493f8; } .bar.nginx { fill: #9198a1; }
    .line { stroke: #9198a1; } .line.mutual { stroke: #4493f8; }
    .dot { fill: #9198a1; } .dot.mutual { fill: #4493f8; }
    .whisker { stroke: #e6edf3; } .axis { stroke: #3d444d; }
  }`;

/** A part of the picture, drawn from 0,0. */
export interface Panel {
  readonly height: number;
  readonly svg: string;
}

export function drawPicture({ figures }: Result): string {
  const panels = figures.filter(({ entries }) => entries.length > 0).map(drawPanel);
  const parts: string[] = [];
  let y = gap;
  for (let i = 0; i < panels.length; i += columns) {
    const row = panels.slice(i, i + columns);
    for (const [column, { svg }] of row.entries()) {
      parts.push(`<g transform="translate(${gap + column * (panelWidth + gap)} ${y})">${svg}</g>`);
    }
    y += Math.max(...row.map(({ height }) => height)) + gap;
  }
  const width = columns * (panelWidth + gap) + gap;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" role="img" aria-label="Costs of mutual beside those of other gateways">
<style>${style}
</style>
${parts.join('\n')}
</svg>
`;
}

function drawPanel(figure: Figure): Panel {
  return figure.grows === undefined ? barPanel(figure, panelWidth) : linePanel(figure, panelWidth);
}

/** Which style a program has. */
export function styleOf(program: string): string {
  return program === 'mutual' || program === 'nginx' ? program : 'other';
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
