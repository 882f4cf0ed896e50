// A chart of the last minutes: seconds in, lines out, drawn by uPlot in the colours of the page. Two in one chart differ by
// their shape, too. What it shows stands beside it in words.

import uPlot from '/uplot.js';
import { setText } from './element.js';
import { formatClock } from './format.js';

/**
 * @typedef {object} ChartLine
 * @property {string} label
 * @property {string} colour name of a custom property of the page
 * @property {'area' | 'line' | 'bars'} shape
 */

/**
 * @typedef {object} ChartOptions
 * @property {HTMLElement} place where it is drawn; its size is that of the page's styles
 * @property {HTMLElement} legend has an `[data-line]` for each line and a `[data-at]`
 * @property {readonly ChartLine[]} lines
 * @property {(value: number | null) => string} format
 * @property {(value: number) => string} formatAxis
 * @property {number} least the scale never ends below this
 */

/** A common cursor for all charts of the page. */
const cursorKey = 'charts';

/** @param {ChartOptions} options */
export function createChart({ place, legend, lines, format, formatAxis, least }) {
  const root = document.documentElement;
  const colour = (/** @type {string} */ name) => getComputedStyle(root).getPropertyValue(name).trim();
  const values = lines.map((_, index) => legend.querySelector(`[data-line="${index}"]`));
  const at = legend.querySelector('[data-at]');
  let windowSeconds = 300;
  let lastSecond = 0;
  const axis = {
    stroke: () => colour('--ink-3'),
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
    ticks: { show: false },
    grid: { stroke: () => colour('--line'), width: 1 },
  };

  const plot = new uPlot(
    {
      ...sizeOf(place),
      padding: [10, 26, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false, setScale: false },
        sync: { key: cursorKey },
        points: { size: 7 },
      },
      scales: {
        x: { time: true, range: () => [lastSecond - windowSeconds + 1, lastSecond] },
        y: { range: (_plot, _min, max) => [0, (max ?? 0) <= least ? least : niceCeiling(max)] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 26,
          space: 70,
          incrs: () => (windowSeconds <= 60 ? [10, 15, 30] : [60, 120, 300]),
          values: (_plot, splits) => splits.map((split) => clockOf(split, windowSeconds)),
        },
        { ...axis, size: 48, space: 36, gap: 6, values: (_plot, splits) => splits.map(formatAxis) },
      ],
      series: [{}, ...lines.map((line) => seriesOf(line, colour))],
      hooks: { setCursor: [showValues] },
    },
    [[], ...lines.map(() => [])],
    place,
  );

  function showValues() {
    const { idx } = plot.cursor;
    const seconds = plot.data[0];
    const index = idx ?? seconds.length - 1;
    for (const [line, element] of values.entries()) {
      if (element !== null) setText(element, format(plot.data[line + 1]?.[index] ?? null));
    }
    const second = seconds[index];
    if (at !== null)
      setText(at, idx === null || idx === undefined || second === undefined ? '' : formatClock(second * 1000));
  }

  new ResizeObserver(() => {
    const size = sizeOf(place);
    if (size.width > 0 && (size.width !== plot.width || size.height !== plot.height)) plot.setSize(size);
  }).observe(place);
  root.addEventListener('themechange', () => plot.redraw(false, true));

  return {
    /**
     * @param {number} firstSecond
     * @param {readonly (readonly (number | null)[])[]} columns one for each line, all of the same length
     * @param {number} seconds how many of the last ones are shown
     */
    set(firstSecond, columns, seconds) {
      const length = columns[0]?.length ?? 0;
      const begin = Math.max(0, length - seconds);
      windowSeconds = seconds;
      lastSecond = firstSecond + length - 1;
      const x = Array.from({ length: length - begin }, (_, index) => firstSecond + begin + index);
      plot.setData([x, ...columns.map((column) => column.slice(begin))]);
      showValues();
    },
  };
}

/** @param {HTMLElement} place */
function sizeOf(place) {
  return { width: Math.floor(place.clientWidth), height: Math.floor(place.clientHeight) };
}

/**
 * @param {ChartLine} line
 * @param {(name: string) => string} colour
 * @returns {uPlot.Series}
 */
function seriesOf({ label, colour: name, shape }, colour) {
  const stroke = () => colour(name);
  if (shape === 'bars') {
    // Nothing of a second without any: a line along the axis would hide the few that there are.
    const paths = uPlot.paths.bars?.({ size: [0.7, 6, 2] });
    return { label, fill: stroke, width: 0, points: { show: false }, ...(paths === undefined ? {} : { paths }) };
  }
  return {
    label,
    stroke,
    width: shape === 'area' ? 1.5 : 1,
    ...(shape === 'area' ? { fill: () => colour('--accent-soft') } : {}),
    // A second with nothing on either side has no line: it is a point.
    points: { show: true, size: 4, width: 0, fill: stroke, filter: (plot, index) => lonely(plot.data[index] ?? []) },
  };
}

/** @param {ArrayLike<number | null | undefined>} values */
function lonely(values) {
  const has = (/** @type {number} */ index) => values[index] !== null && values[index] !== undefined;
  /** @type {number[]} */
  const found = [];
  for (let index = 0; index < values.length; index += 1) {
    if (has(index) && !has(index - 1) && !has(index + 1)) found.push(index);
  }
  return found;
}

/** @param {number} value */
function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value * 1.04) ?? 12;
  return step * power;
}

/**
 * @param {number} second
 * @param {number} windowSeconds
 */
function clockOf(second, windowSeconds) {
  const clock = formatClock(second * 1000);
  return windowSeconds <= 60 ? clock : clock.slice(0, 5);
}
