// The whole table, by name. A name may have several rows, for it means one thing in an upstream and another in http.

import { accessDirectives } from './access.ts';
import { contentDirectives } from './content.ts';
import { coreDirectives } from './core.ts';
import { foreignDirectives } from './foreign.ts';
import { httpCoreDirectives } from './http-core.ts';
import { http2Directives } from './http2.ts';
import { logDirectives } from './log.ts';
import { newerDirectives } from './newer.ts';
import { proxyDirectives } from './proxy.ts';
import { rewriteDirectives } from './rewrite.ts';
import type { Context, DirectiveRow } from './row.ts';
import { sslDirectives } from './ssl.ts';
import { upstreamDirectives } from './upstream.ts';
import { argumentsOf, isOnce } from './value-kind.ts';

/** The groups in the order of the documentation. */
export const directiveGroups: readonly (readonly [title: string, rows: readonly DirectiveRow[]])[] = [
  ['The process', coreDirectives],
  ['Servers, locations and requests', httpCoreDirectives],
  ['TLS', sslDirectives],
  ['HTTP/2', http2Directives],
  ['Proxying', proxyDirectives],
  ['Upstreams', upstreamDirectives],
  ['Rewriting and variables', rewriteDirectives],
  ['Access and limits', accessDirectives],
  ['Content', contentDirectives],
  ['Logs', logDirectives],
  ['Newer than 1.22', newerDirectives],
  ['Other protocols', foreignDirectives],
];

/** A row that a version of nginx has, ready to be asked. */
export interface Directive extends DirectiveRow {
  readonly contexts: ReadonlySet<Context> | 'any';
  readonly isOnce: boolean;
  /** Whether it may have so many arguments. */
  takes(count: number): boolean;
}

export type DirectiveTable = ReadonlyMap<string, readonly Directive[]>;

/** @param minor of nginx 1.x: 28 for 1.28 */
export function directiveTable(minor: number): DirectiveTable {
  const table = new Map<string, Directive[]>();
  for (const [, rows] of directiveGroups) {
    for (const row of rows) {
      if ((row.since ?? 0) > minor || (row.until ?? Number.POSITIVE_INFINITY) <= minor) continue;
      const known = table.get(row.name);
      if (known === undefined) table.set(row.name, [prepare(row)]);
      else known.push(prepare(row));
    }
  }
  return table;
}

function prepare(row: DirectiveRow): Directive {
  const counts = row.args ?? (row.value === undefined ? 'any' : argumentsOf(row.value));
  return {
    ...row,
    contexts: row.in === 'any' ? 'any' : new Set(row.in.split(' ') as Context[]),
    isOnce: row.once ?? (row.value !== undefined && isOnce(row.value)),
    takes: counter(counts),
  };
}

function counter(counts: string): (count: number) => boolean {
  if (counts === 'any') return () => true;
  if (counts.endsWith('+')) return (count) => count >= Number(counts.slice(0, -1));
  return (count) => counts.split(',').includes(String(count));
}
