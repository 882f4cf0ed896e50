// The entries of blocks that hold no directives: `types`, `map`, `geo`, `split_clients`, `charset_map`.

import { isIP } from 'node:net';
import { NginxFault, type Place } from '../nginx-fault.ts';
import type { DirectiveNode, Reading, Scope } from '../read/directive-node.ts';
import { parseCidrText } from './access-checks.ts';
import { checkRegex } from './regex.ts';
import { useVariables } from './variables-used.ts';

const entryBlocks = new Set(['types', 'map', 'geo', 'split_clients', 'charset_map']);

export function isEntryBlock(name: string): boolean {
  return entryBlocks.has(name);
}

/** Returns `include` where the entry names a file whose entries stand in its place. @throws NginxFault */
export function checkEntry(entry: DirectiveNode, scope: Scope, reading: Reading): 'entry' | 'include' {
  switch (scope.node?.name) {
    case 'map':
      return checkMapEntry(entry, scope, reading);
    case 'geo':
      return checkGeoEntry(entry, scope, reading);
    case 'split_clients':
      return checkSplitEntry(entry);
    case 'types':
      return checkTypesEntry(entry, scope, reading);
    default:
      return 'entry';
  }
}

function checkTypesEntry({ name, args, at }: DirectiveNode, { nodes }: Scope, reading: Reading): 'entry' | 'include' {
  if (name !== 'include') {
    const seen = new Map(nodes.flatMap((one) => one.args.map((ending) => [ending.toLowerCase(), one.name] as const)));
    for (const ending of args) {
      const before = seen.get(ending.toLowerCase());
      if (before !== undefined) {
        const types = `content type: "${name}", previous content type: "${before}"`;
        reading.warn(`duplicate extension "${ending}", ${types}`, at);
      }
      seen.set(ending.toLowerCase(), name);
    }
    return 'entry';
  }
  if (args.length !== 1) throw new NginxFault('invalid number of arguments in "include" directive', at);
  return 'include';
}

function checkMapEntry({ name, args, at }: DirectiveNode, { nodes }: Scope, reading: Reading): 'entry' | 'include' {
  if (args.length === 0 && (name === 'hostnames' || name === 'volatile')) return 'entry';
  if (args.length !== 1) throw new NginxFault('invalid number of the map parameters', at);
  if (name === 'include') return 'include';
  const isDefault = name === 'default';
  if (isDefault && nodes.some((one) => one.name === 'default')) {
    throw new NginxFault('duplicate default map parameter', at);
  }
  if (!isDefault && !name.startsWith('~')) {
    const key = mapKey(name);
    const others = nodes.filter((one) => one.args.length === 1 && one.name !== 'default');
    if (others.some((one) => mapKey(one.name) === key)) {
      throw new NginxFault(`conflicting parameter "${name}"`, at);
    }
  }
  if (name.startsWith('~')) {
    const isCaseless = name.startsWith('~*');
    const pattern = name.slice(isCaseless ? 2 : 1);
    checkRegex(pattern, at, reading);
  }
  useVariables(args[0] ?? '', at, reading);
  return 'entry';
}

function mapKey(name: string): string {
  return (name.startsWith('\\') ? name.slice(1) : name).toLowerCase();
}

function checkGeoEntry({ name, args, at }: DirectiveNode, { nodes }: Scope, reading: Reading): 'entry' | 'include' {
  if (args.length === 0) {
    if (name === 'ranges') {
      if (nodes.some((one) => one.args.length > 0)) {
        throw new NginxFault('the "ranges" directive must be the first directive inside "geo" block', at);
      }
      return 'entry';
    }
    if (name === 'proxy_recursive' || (name === 'volatile' && reading.minor >= 29)) return 'entry';
  }
  if (args.length !== 1) throw new NginxFault('invalid number of the geo parameters', at);
  if (name === 'include') return 'include';
  if (name === 'proxy' || name === 'delete') {
    checkNetwork(args[0] ?? '', at, reading);
    if (name === 'delete' && !nodes.some((one) => one.name === args[0] && one.args.length === 1)) {
      reading.warn(`no network "${args[0]}" to delete`, at);
    }
    return 'entry';
  }
  const isRanges = nodes.some((one) => one.name === 'ranges' && one.args.length === 0);
  if (isRanges && name !== 'default') checkRange(name, at);
  else if (name !== 'default') checkNetwork(name, at, reading);
  const before = nodes.findLast((one) => one.name === name && one.args.length === 1);
  if (before !== undefined && !isRanges) {
    // The default is put in twice, for either family.
    for (let times = name === 'default' ? 2 : 1; times > 0; times -= 1) {
      reading.warn(`duplicate network "${name}", value: "${args[0]}", old value: "${before.args[0]}"`, at);
    }
  }
  return 'entry';
}

function checkRange(text: string, at: Place): void {
  const [from = '', to = ''] = text.split('-');
  const isRange = isIP(from) === 4 && isIP(to) === 4 && numberOf(from) <= numberOf(to);
  if (!isRange) throw new NginxFault(`invalid range "${text}"`, at);
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

function checkNetwork(text: string, at: Place, reading: Reading): void {
  if (text === '255.255.255.255') return;
  const cidr = parseCidrText(text);
  if (cidr === undefined) throw new NginxFault(`invalid network "${text}"`, at);
  if (cidr.hasHostBits) reading.warn(`low address bits of ${text} are meaningless`, at);
}

function checkSplitEntry({ name, at }: DirectiveNode): 'entry' {
  const isPercentage = /^(?:\d{1,2}(?:\.\d{1,2})?|100(?:\.0{1,2})?)%$/.test(name) && Number.parseFloat(name) > 0;
  if (name !== '*' && !isPercentage) throw new NginxFault(`invalid percent value "${name}"`, at);
  return 'entry';
}

/** Asked when the block is complete. @throws NginxFault */
export function splitEnd({ block = [] }: DirectiveNode, end: Place): void {
  const total = block.reduce(
    (sum, { name }) => sum + (name === '*' ? 0 : Math.round(Number.parseFloat(name) * 100)),
    0,
  );
  if (total > 10_000) throw new NginxFault('percent total is greater than 100%', end);
}
