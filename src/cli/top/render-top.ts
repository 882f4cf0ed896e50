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

function clientLines(entries: readonly ClientSeen[], { columns, nowMs, paint }: TopOptions): string[] {
  if (entries.length === 0) return [paint('bold', 'Clients'), paint('dim', 'Nobody yet.')];
  const widths = { requests: 12, denials: 9, seen: 12, ends: columns < 72 ? 0 : 14 };
  const name = Math.max(8, columns - widths.requests - widths.denials - widths.seen - widths.ends);
  const head = [
    fit('Clients', name),
    fitRight('requests', widths.requests),
    fitRight('refused', widths.denials),
    fitRight('last seen', widths.seen),
    fitRight(widths.ends === 0 ? '' : 'expires', widths.ends),
  ];
  return [
    `${paint('bold', head[0] ?? '')}${paint('dim', head.slice(1).join(''))}`,
    ...entries.slice(0, mostOfEach).map(({ certificate, requests, denials, lastSeenAtMs }) => {
      const { name: short, rest } = splitName(certificate.subject);
      const shown = fit(visibleText(rest === '' ? short : `${short}  ${rest}`), name - 1);
      const ends = widths.ends === 0 ? '' : fitRight(formatRelative(certificate.notAfterMs, nowMs), widths.ends);
      return `${shown} ${fitRight(formatCount(requests), widths.requests)}${fitRight(formatCount(denials), widths.denials)}${fitRight(formatRelative(lastSeenAtMs, nowMs), widths.seen)}${ends}`;
    }),
  ];
}

function upstreamLines({ upstreams }: Snapshot, { columns, paint }: TopOptions): string[] {
  const servers = upstreams.flatMap(({ name, servers: all }) => all.map((server) => ({ name, server })));
  if (servers.length === 0) return [];
  const name = Math.max(16, columns - 36);
  return [
    `${paint('bold', fit('Upstreams', name))}${paint('dim', ['state', 'in flight', 'requests', 'errors'].map((text, index) => fitRight(text, upstreamWidths[index] ?? 0)).join(''))}`,
    ...servers.slice(0, mostOfEach).map(({ name: upstream, server }) => {
      const shown = upstream === server.url ? server.url : `${upstream}  ${server.url}`;
      return `${fit(visibleText(shown), name - 1)} ${upstreamNumbers(server, paint)}`;
    }),
  ];
}

const upstreamWidths = [8, 10, 11, 7];

function upstreamNumbers({ up, why, inFlight, requests, errors }: UpstreamServerEntry, paint: Paint): string {
  const state = up ? (why === null ? 'up' : 'failing') : 'down';
  const shown = fitRight(state, upstreamWidths[0] ?? 0);
  const numbersShown = [inFlight, requests, errors].map((value, index) =>
    fitRight(formatCount(value), upstreamWidths[index + 1] ?? 0),
  );
  return `${state === 'up' ? shown : paint(['bold', state === 'down' ? 'red' : 'yellow'], shown)}${numbersShown.join('')}`;
}
