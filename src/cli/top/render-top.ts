// A snapshot of the admin listener in, the lines of a terminal out: never wider than it, never more than it has. What
// strangers chose is made visible first: no name can move the cursor.

import type { styleText } from 'node:util';
import { findAttention } from '../../admin/page/attention.js';
import { splitName } from '../../admin/page/distinguished-name.js';
import {
  formatAge,
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatRate,
  formatRelative,
} from '../../admin/page/format.js';
import { visibleText } from '../../admin/page/visible-text.js';
import type { ClientSeen, RefusalEntry, Snapshot, UpstreamServerEntry } from '../../admin/snapshot.ts';
import { sparkline } from './sparkline.ts';
import { cut, fit, fitRight } from './text-width.ts';

export type Paint = (format: Parameters<typeof styleText>[0], text: string) => string;

export interface TopOptions {
  readonly columns: number;
  /** Infinity: as many as there is something to say. */
  readonly rows: number;
  readonly nowMs: number;
  readonly paint: Paint;
  /** Since when there has been no connection; the snapshot is from before. */
  readonly lostSinceMs?: number | undefined;
}

/** Of each list, where the terminal has no end. */
const mostOfEach = 20;
const between = '   ';

export function renderTop(snapshot: Snapshot, options: TopOptions): string[] {
  const head = [...header(snapshot, options), '', ...numbers(snapshot, options), ''];
  const attention = attentionLines(snapshot, options);
  const upstreams = upstreamLines(snapshot, options);
  const refusals = refusalLines(snapshot.refusals.entries, options);
  const clients = clientLines(snapshot.clients.entries, options);
  const left = Math.max(0, options.rows - head.length);
  return [...head, ...share([attention, refusals, clients, upstreams], left)].slice(0, options.rows);
}

/**
 * What has to be seen first gets its lines first: each list its title and some, then what is left to those that have more.
 * @param lists the first line of each is its title
 */
function share(lists: readonly (readonly string[])[], rows: number): string[] {
  const shown = lists.map((lines) => Math.min(lines.length, mostOfEach + 1));
  const sum = (): number => shown.reduce((total, count) => total + (count === 0 ? 0 : count + 1), 0) - 1;
  // The longest gives a line until all have room; below a title and one line a list is left out, the last one first.
  while (sum() > rows) {
    const longest = Math.max(...shown);
    const at = longest > 2 ? shown.lastIndexOf(longest) : shown.findLastIndex((count) => count > 0);
    if (at === -1) break;
    shown[at] = longest > 2 ? longest - 1 : 0;
  }
  const lines = lists.flatMap((list, index) => {
    const count = shown[index] ?? 0;
    return count === 0 ? [] : [...list.slice(0, count), ''];
  });
  return lines.slice(0, -1);
}

function header({ program, readiness }: Snapshot, { columns, nowMs, paint, lostSinceMs }: TopOptions): string[] {
  const state =
    lostSinceMs !== undefined
      ? `not connected since ${formatClock(lostSinceMs)}`
      : readiness.ready
        ? 'ready'
        : 'not ready';
  const good = state === 'ready';
  const right = `${state}  ${formatClock(nowMs)}`;
  const space = columns - right.length - 1;
  const leftText = fit(`mutual ${program.version}  up ${formatAge(nowMs - program.startedAtMs)}`, space);
  const [name, rest] = [leftText.slice(0, 6), leftText.slice(6)];
  return [
    `${paint('bold', name)}${paint('dim', rest)} ${paint(good ? 'green' : ['bold', 'red'], state)}  ${formatClock(nowMs)}`,
  ];
}

function numbers({ now, totals, history }: Snapshot, { columns, paint }: TopOptions): string[] {
  const facts = [
    ['requests', `${formatRate(now.requestsPerSecond)} /s`],
    ['median', formatDuration(now.p50Ms)],
    ['99th', formatDuration(now.p99Ms)],
    ['connections', formatCount(now.openConnections)],
    ['in flight', formatCount(now.requestsInFlight)],
    ['refused', `${formatRate(now.refusalsPerSecond)} /s, ${formatCount(totals.refusals)} in all`],
    ['traffic', `${formatBytes(now.bytesReceivedPerSecond + now.bytesSentPerSecond)}/s`],
  ] as const;
  const lines: string[] = [];
  let line: string[] = [];
  let width = 0;
  for (const [name, value] of facts) {
    const more = name.length + 1 + value.length;
    if (line.length > 0 && width + more > columns) {
      lines.push(line.join(between));
      line = [];
      width = 0;
    }
    line.push(`${paint('dim', name)} ${paint('bold', cut(value, columns - name.length - 1))}`);
    width += more + between.length;
  }
  lines.push(line.join(between));
  const label = 'requests each second ';
  if (columns < label.length + 20) return lines;
  return [...lines, `${paint('dim', label)}${paint('cyan', sparkline(history.requests, columns - label.length))}`];
}

function attentionLines(snapshot: Snapshot, { columns, paint }: TopOptions): string[] {
  const found = findAttention(snapshot);
  if (found.length === 0) return [];
  const lines = found.map(({ level, text }) => {
    const sign = level === 'bad' ? paint(['bold', 'red'], '!!') : paint('yellow', ' !');
    return `${sign} ${cut(visibleText(text), columns - 3)}`;
  });
  return [paint('bold', 'Needs attention'), ...lines];
}

function refusalLines(entries: readonly RefusalEntry[], { columns, nowMs, paint }: TopOptions): string[] {
  if (entries.length === 0) return [paint('bold', 'Refused'), paint('dim', 'Nobody.')];
  const titleWidth = columns < 60 ? 16 : 28;
  const whoWidth = Math.max(12, Math.floor((columns - 11 - titleWidth) * 0.4));
  return [
    paint('bold', 'Refused'),
    ...entries.slice(0, mostOfEach).map(({ atMs, title, certificate, address, reason }) => {
      const who = certificate === null ? address : splitName(certificate.subject).name;
      const rest = columns - 11 - titleWidth - whoWidth - 2;
      return [
        paint('dim', fitRight(formatRelative(atMs, nowMs), 10)),
        fit(visibleText(title), titleWidth - 1),
        `${fit(visibleText(who), whoWidth)} ${paint('dim', cut(visibleText(reason), rest))}`,
      ].join(' ');
    }),
  ];
}

function clientLines(entries: readonly ClientSeen[], options: TopOptions): string[] {
  const { columns, nowMs, paint } = options;
  if (entries.length === 0) return [paint('bold', 'Clients'), paint('dim', 'Nobody yet.')];
  const cells: readonly Cell<ClientSeen>[] = [
    { label: 'requests', width: 12, text: ({ requests }) => formatCount(requests) },
    { label: 'refused', width: 9, text: ({ denials }) => formatCount(denials) },
    { label: 'last seen', width: 12, from: 56, text: ({ lastSeenAtMs }) => formatRelative(lastSeenAtMs, nowMs) },
    { label: 'expires', width: 14, from: 72, text: ({ certificate }) => formatRelative(certificate.notAfterMs, nowMs) },
  ];
  const name = ({ certificate }: ClientSeen): string => {
    const { name: short, rest } = splitName(certificate.subject);
    return rest === '' ? short : `${short}  ${rest}`;
  };
  return table('Clients', entries.slice(0, mostOfEach), { name, cells, columns, paint });
}

interface Server extends UpstreamServerEntry {
  readonly upstream: string;
}

function upstreamLines({ upstreams }: Snapshot, { columns, paint }: TopOptions): string[] {
  const servers: Server[] = upstreams.flatMap(({ name: upstream, servers: all }) =>
    all.map((server) => ({ upstream, ...server })),
  );
  if (servers.length === 0) return [];
  const state = ({ up, why }: Server): string => (up ? (why === null ? 'up' : 'failing') : 'down');
  const cells: readonly Cell<Server>[] = [
    { label: 'state', width: 8, text: state, wrong: (server) => state(server) !== 'up' },
    { label: 'in flight', width: 10, from: 56, text: ({ inFlight }) => formatCount(inFlight) },
    { label: 'requests', width: 12, text: ({ requests }) => formatCount(requests) },
    { label: 'errors', width: 9, from: 56, text: ({ errors }) => formatCount(errors) },
  ];
  const name = ({ upstream, url }: Server): string => (upstream === url ? url : `${upstream}  ${url}`);
  return table('Upstreams', servers.slice(0, mostOfEach), { name, cells, columns, paint });
}

interface Cell<T> {
  readonly label: string;
  readonly width: number;
  /** Left out where the terminal has fewer columns. */
  readonly from?: number;
  readonly text: (item: T) => string;
  readonly wrong?: (item: T) => boolean;
}

interface TableOptions<T> extends Pick<TopOptions, 'columns' | 'paint'> {
  readonly name: (item: T) => string;
  readonly cells: readonly Cell<T>[];
}

/** A name at the left that takes what is left of the line, and numbers at the right. */
function table<T>(title: string, items: readonly T[], { name, cells, columns, paint }: TableOptions<T>): string[] {
  const shown = cells.filter(({ from = 0 }) => columns >= from);
  const width = columns - shown.reduce((sum, cell) => sum + cell.width, 0);
  const labels = shown.map((cell) => fitRight(cell.label, cell.width)).join('');
  return [
    `${paint('bold', fit(title, width))}${paint('dim', labels)}`,
    ...items.map((item) => {
      const values = shown.map(({ text, width: cellWidth, wrong }) => {
        const value = fitRight(text(item), cellWidth);
        return wrong?.(item) === true ? paint(['bold', 'red'], value) : value;
      });
      return `${fit(visibleText(name(item)), width - 1)} ${values.join('')}`;
    }),
  ];
}
