// One directive in, a fault where nginx has one: first whether it may be said again, then its value, then what is
// peculiar to it.

import type { Directive } from '../directives/table.ts';
import { NginxFault, type Place } from '../nginx-fault.ts';
import type { Check, DirectiveNode, Reading, Scope } from '../read/directive-node.ts';
import { accessChecks } from './access-checks.ts';
import { checkValue } from './check-value.ts';
import { contentChecks } from './content-checks.ts';
import { coreChecks } from './core-checks.ts';
import { splitEnd } from './entries.ts';
import { httpEnd } from './http-end.ts';
import { listenCheck } from './listen-check.ts';
import { locationCheck } from './location-check.ts';
import { logChecks } from './log-checks.ts';
import { obsoleteChecks } from './obsolete-checks.ts';
import { proxyChecks } from './proxy-checks.ts';
import { rewriteChecks } from './rewrite-checks.ts';
import { serverNameCheck } from './server-name-check.ts';
import { sslChecks } from './ssl-checks.ts';
import { upstreamChecks, upstreamEnd } from './upstream-checks.ts';
import { useVariables } from './variables-used.ts';

const checks: Readonly<Record<string, Check>> = {
  ...coreChecks,
  ...obsoleteChecks,
  ...logChecks,
  ...contentChecks,
  ...rewriteChecks,
  ...accessChecks,
  ...proxyChecks,
  ...sslChecks,
  ...upstreamChecks,
  listen: listenCheck,
  location: locationCheck,
  server_name: serverNameCheck,
};

/** @throws NginxFault */
export function checkDirective(node: DirectiveNode, row: Directive, scope: Scope, reading: Reading): void {
  const { name, args, at } = node;
  if (row.isOnce && scope.nodes.some((one) => one.name === name)) {
    throw new NginxFault(`"${name}" directive is duplicate`, at);
  }
  // What is switched off is not missed.
  if (row.meaning.kind === 'refused' && args[0] !== 'off') {
    throw new NginxFault(`"${name}" directive is not supported here: ${row.meaning.why}`, at);
  }
  if (row.value !== undefined) {
    checkValue(row.value, { name, args, at, warn: (text, level) => reading.warn(text, at, level) });
    if (row.value.kind === 'template') useVariables(args[0] ?? '', at, reading);
  }
  checks[scope.context === 'upstream' ? `upstream.${name}` : name]?.(node, scope, reading);
}

/** What nginx checks when a block is complete. @param end its closing brace @throws NginxFault */
export function leaveBlock(node: DirectiveNode, end: Place, scope: Scope, reading: Reading): void {
  if (node.name === 'upstream') upstreamEnd(node, end, scope, reading);
  if (node.name === 'split_clients') splitEnd(node, end);
  if (node.name === 'http') httpEnd(node, end, reading);
}
