// The entries of blocks that hold no directives: `types`, `map`, `geo`, `split_clients`, `charset_map`.

import { isIP } from 'node:net';
import { NginxFault } from '../nginx-fault.ts';
import type { DirectiveNode, Reading, Scope } from '../read/directive-node.ts';
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
      return checkTypesEntry(entry);
    default:
      return 'entry';
  }
}

function checkTypesEntry({ name, args, at }: DirectiveNode): 'entry' | 'include' {
  if (name !== 'include') return 'entry';
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
    if (nodes.some((one) => one.args.length === 1 && mapKey(one.name) === key)) {
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
  if (name === 'default') return 'entry';
  const isRanges = nodes.some((one) => one.name === 'ranges' && one.args.length === 0);
  const network = name === 'delete' ? (args[0] ?? '') : name;
  if (isRanges) {
    const [from = '', to = ''] = network.split('-');
    if (isIP(from) !== 4 || isIP(to) !== 4) throw new NginxFault(`invalid range "${network}"`, at);
    return 'entry';
  }
  if (network === '255.255.255.255') return 'entry';
  const [address = '', bits] = network.split('/');
  const family = isIP(address);
  if (family === 0 || (bits !== undefined && !(Number(bits) <= (family === 4 ? 32 : 128)))) {
    throw new NginxFault(`invalid network "${network}"`, at);
  }
  return 'entry';
}

function checkSplitEntry({ name, args, at }: DirectiveNode): 'entry' {
  if (args.length !== 1) throw new NginxFault('invalid number of the split_clients parameters', at);
  if (name !== '*' && !/^(?:\d{1,2}(?:\.\d{1,2})?|100(?:\.0{1,2})?)%$/.test(name)) {
    throw new NginxFault(`invalid percent value "${name}"`, at);
  }
  return 'entry';
}
