// How things are now: large numbers, two charts, what needs attention, why clients are refused. Of a gateway that nobody has
// called yet it tells how to call it.

/** @import { Snapshot, RefusalEntry, ReasonCount } from '../snapshot.ts' */
/** @import { Router } from './router.js' */
/** @import { LiveTimes } from './live-times.js' */
import { findAttention } from './attention.js';
import { createChart } from './chart.js';
import { copyButton } from './copy.js';
import { splitName } from './distinguished-name.js';
import { byId, fill, h, setText, syncChildren } from './element.js';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  nothing,
  plural,
  splitBytes,
  splitDuration,
} from './format.js';
import { icon } from './icons.js';
import { findTrials } from './try-it.js';
import { visibleText } from './visible-text.js';

const mostReasons = 6;
const mostLatest = 6;

/** @param {{ readonly router: Router, readonly times: LiveTimes }} parts */
export function createNowView({ times }) {
  const requests = createChart({
    place: byId('chart-requests'),
    legend: byId('legend-requests'),
    lines: [
      { label: 'all', colour: '--accent', shape: 'area' },
      { label: 'refused', colour: '--bad', shape: 'bars' },
    ],
    format: (value) => (value === null ? nothing : formatCount(value)),
    formatAxis: formatCount,
    least: 4,
  });
  const durations = createChart({
    place: byId('chart-durations'),
    legend: byId('legend-durations'),
    lines: [
      { label: 'median', colour: '--accent', shape: 'area' },
      { label: '99th', colour: '--ink-2', shape: 'line' },
    ],
    format: formatDuration,
    formatAxis: (value) => (value >= 1000 ? `${value / 1000} s` : `${value} ms`),
    least: 4,
  });
  let windowSeconds = 300;
  /** @type {Snapshot | undefined} */
  let current;
  let describedAt = 0;
  byId('window').addEventListener('change', (event) => {
    if (event.target instanceof HTMLInputElement) windowSeconds = Number(event.target.value);
    if (current !== undefined) drawCharts(current);
  });

  /** @param {Snapshot} snapshot */
  function drawCharts({ history }) {
    requests.set(history.firstSecond, [history.requests, history.refusals], windowSeconds);
    durations.set(history.firstSecond, [history.p50Ms, history.p99Ms], windowSeconds);
    // Not every second: somebody may be listening.
    if (performance.now() - describedAt < 10_000 && describedAt !== 0) return;
    describedAt = performance.now();
    const shown = history.requests.slice(-windowSeconds);
    const last = plural(Math.round(windowSeconds / 60), 'minute');
    const sum = shown.reduce((total, value) => total + value, 0);
    const slowest = Math.max(0, ...history.p99Ms.slice(-windowSeconds).map((value) => value ?? 0));
    byId('chart-requests').setAttribute(
      'aria-label',
      `Requests each second in the last ${last}: ${formatCount(sum)} in all, at most ${formatCount(Math.max(0, ...shown))} in a second`,
    );
    byId('chart-durations').setAttribute(
      'aria-label',
      `Duration of requests in the last ${last}: 99th percentile at most ${formatDuration(slowest)}`,
    );
  }

  return {
    /** @param {Snapshot} snapshot */
    update(snapshot) {
      current = snapshot;
      showTiles(snapshot);
      drawCharts(snapshot);
      showAttention(snapshot);
      showReasons(snapshot.refusalsByReason, times);
      showLatest(snapshot.refusals.entries.slice(0, mostLatest), times);
      showTrials(snapshot);
    },
  };
}

/** @param {Snapshot} snapshot */
function showTiles({ now, totals }) {
  setText(byId('now-requests'), formatRate(now.requestsPerSecond));
  setText(byId('now-requests-sub'), `${formatCount(totals.requests)} in all`);
  for (const [id, ms] of /** @type {const} */ ([
    ['now-p50', now.p50Ms],
    ['now-p99', now.p99Ms],
  ])) {
    const { value, unit } = splitDuration(ms);
    setText(byId(id), value);
    setText(byId(`${id}-unit`), unit);
  }
  setText(byId('now-connections'), formatCount(now.openConnections));
  setText(byId('now-connections-sub'), `${plural(now.requestsInFlight, 'request')} in flight`);
  setText(byId('now-refusals'), formatRate(now.refusalsPerSecond));
  setText(byId('now-refusals-sub'), `${formatCount(totals.refusals)} in all`);
  const traffic = splitBytes(now.bytesSentPerSecond + now.bytesReceivedPerSecond);
  setText(byId('now-traffic'), traffic.value);
  setText(byId('now-traffic-unit'), `${traffic.unit}/s`);
  setText(byId('now-traffic-sub'), `${formatBytes(totals.bytesReceived)} in, ${formatBytes(totals.bytesSent)} out`);
}

/** @param {Snapshot} snapshot */
function showAttention(snapshot) {
  const found = findAttention(snapshot);
  const items =
    found.length === 0 ? [{ level: /** @type {const} */ ('good'), text: 'Nothing. All is well.', view: '' }] : found;
  syncChildren(byId('attention'), items, {
    key: ({ level, text, view }) => `${level} ${view} ${text}`,
    create: ({ level, text, view }) => {
      const words = visibleText(text);
      return h(
        'li',
        { class: level },
        icon(level),
        view === '' ? h('span', {}, words) : h('a', { href: `#${view}` }, words),
      );
    },
  });
}

/**
 * @param {readonly ReasonCount[]} reasons
 * @param {LiveTimes} times
 */
function showReasons(reasons, times) {
  const list = byId('reasons');
  const shown = reasons.slice(0, mostReasons);
  const greatest = Math.max(1, ...shown.map(({ count }) => count));
  syncChildren(list, shown, {
    key: ({ code }) => code,
    create: ({ code, title }) =>
      h(
        'li',
        {},
        h('a', { href: `#refused?reason=${encodeURIComponent(code)}` }, title),
        h('b', {}),
        h('span', { class: 'bar' }, h('span')),
        times.element(0),
      ),
    update: (element, { count, lastAtMs }) => {
      const [, number, bar, time] = element.children;
      if (number !== undefined) setText(number, formatCount(count));
      const inner = bar?.firstElementChild;
      if (inner instanceof HTMLElement) inner.style.width = `${Math.max(1, (count / greatest) * 100)}%`;
      if (time instanceof HTMLTimeElement) times.set(time, lastAtMs);
    },
  });
  showNone(list, shown.length, 'Nobody has been refused.');
}

/**
 * @param {readonly RefusalEntry[]} entries
 * @param {LiveTimes} times
 */
function showLatest(entries, times) {
  const list = byId('latest');
  syncChildren(list, entries, {
    key: ({ id }) => id,
    create: (entry) =>
      h(
        'li',
        {},
        h('a', { href: `#refused?id=${encodeURIComponent(entry.id)}` }, entry.title),
        times.element(entry.atMs),
        h('span', { class: 'who' }, whoWas(entry)),
      ),
    update: (element, { atMs }) => {
      const time = element.children[1];
      if (time instanceof HTMLTimeElement) times.set(time, atMs);
    },
  });
  showNone(list, entries.length, 'They will stand here, with the reason.');
}

/** @param {RefusalEntry} entry */
function whoWas({ certificate, address }) {
  return certificate === null ? address : `${visibleText(splitName(certificate.subject).name)} · ${address}`;
}

/**
 * @param {HTMLElement} list
 * @param {number} count
 * @param {string} text
 */
function showNone(list, count, text) {
  if (count === 0) list.append(h('li', { class: 'none', 'data-key': 'none' }, text));
}

/** @param {Snapshot} snapshot */
function showTrials(snapshot) {
  const place = byId('try');
  const isEmpty = snapshot.totals.requests === 0 && snapshot.totals.refusals === 0;
  if (place.hidden === !isEmpty && (!isEmpty || byId('try-lines').childElementCount > 0)) return;
  place.hidden = !isEmpty;
  if (!isEmpty) return;
  fill(
    byId('try-lines'),
    ...findTrials(snapshot).map(({ why, command }) =>
      h(
        'li',
        {},
        h('span', {}, why),
        h(
          'div',
          { class: 'command' },
          h('code', {}, command),
          copyButton(() => command, why),
        ),
      ),
    ),
  );
}
