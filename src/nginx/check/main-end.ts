// What nginx checks when the whole file has been read and found to be well-formed: the sections that have to be there,
// and the zones that are used and nowhere declared.

import { NginxFault } from '../nginx-fault.ts';
import type { DirectiveNode } from '../read/directive-node.ts';
import { zoneOf } from './access-checks.ts';

/** @throws NginxFault */
export function mainEnd(nodes: readonly DirectiveNode[]): void {
  if (!nodes.some(({ name }) => name === 'events')) throw new NginxFault('no "events" section in configuration');
  const events = nodes.find(({ name }) => name === 'events')?.block ?? [];
  const connections = events.find(({ name }) => name === 'worker_connections')?.args[0];
  if (connections === '0') throw new NginxFault('0 worker_connections are not enough for 0 listening sockets');
  const http = nodes.find(({ name }) => name === 'http')?.block ?? [];
  const declared = new Set<string>();
  const used: string[] = [];
  for (const { name, args } of http) {
    if (name === 'limit_req_zone' || name === 'limit_conn_zone') declared.add(zoneOf(args)?.name ?? '');
  }
  for (const { name, block = [] } of http) {
    if (name !== 'upstream') continue;
    for (const { args } of block.filter((node) => node.name === 'zone')) {
      if (args.length === 2) declared.add(args[0] ?? '');
      else used.push(args[0] ?? '');
    }
  }
  collectZones(http, used);
  const missing = used.find((zone) => !declared.has(zone));
  if (missing !== undefined) throw new NginxFault(`zero size shared memory zone "${missing}"`);
}

function collectZones(nodes: readonly DirectiveNode[], used: string[]): void {
  for (const { name, args, row, block = [] } of nodes) {
    if (name === 'limit_conn') used.push(args[0] ?? '');
    if (name === 'limit_req') used.push(args.find((arg) => arg.startsWith('zone='))?.slice('zone='.length) ?? '');
    if (row?.block === true && name !== 'upstream') collectZones(block, used);
  }
}
