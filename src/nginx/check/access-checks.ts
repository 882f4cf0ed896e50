// Who may pass, how fast, and who a client is: allow, deny, limit_req, limit_conn, realip.

import { isIP } from 'node:net';
import { NginxFault, type Place } from '../nginx-fault.ts';
import { type Check, enclosing, type Scope } from '../read/directive-node.ts';
import { parseNginxNumber, parseNginxSize } from './units.ts';
import { useVariables } from './variables-used.ts';

export const accessChecks: Readonly<Record<string, Check>> = {
  allow: addressCheck,
  deny: addressCheck,
  set_real_ip_from({ args: [text = ''], at }, _scope, reading) {
    if (text === 'unix:') return;
    const cidr = parseCidrText(text);
    if (cidr === undefined) {
      const fault = `host not found in set_real_ip_from "${text}"`;
      if (text.includes('/') || !/\./.test(text)) throw new NginxFault(fault, at);
      reading.hosts.push({ host: text, fault, at });
    } else if (cidr.hasHostBits) reading.warn(`low address bits of ${text} are meaningless`, at);
  },
  limit_req_zone({ args: [key = '', ...parameters], at }, { nodes }, reading) {
    useVariables(key, at, reading);
    const zone = checkZone(parameters, at, (other) => {
      const rate = /^rate=(\d+)r\/[sm]$/.exec(other)?.[1];
      if (!other.startsWith('rate=')) throw new NginxFault(`invalid parameter "${other}"`, at);
      if (!(Number(rate ?? 0) > 0)) throw new NginxFault(`invalid rate "${other}"`, at);
    });
    checkZoneKey('limit_req_zone', zone, nodes, at);
  },
  limit_conn_zone({ args: [key = '', ...parameters], at }, { nodes }, reading) {
    useVariables(key, at, reading);
    const zone = checkZone(parameters, at, (other) => {
      throw new NginxFault(`invalid parameter "${other}"`, at);
    });
    checkZoneKey('limit_conn_zone', zone, nodes, at);
  },
  limit_req({ args, at }, scope) {
    let zone: string | undefined;
    for (const parameter of args) {
      const [, name, value = ''] = /^(\w+)=(.*)$/s.exec(parameter) ?? [];
      if (name === 'zone') zone = value;
      else if (name === 'burst') {
        if (!((parseNginxNumber(value) ?? 0) > 0)) throw new NginxFault(`invalid burst value "${parameter}"`, at);
      } else if (name === 'delay') {
        if (!((parseNginxNumber(value) ?? 0) > 0)) throw new NginxFault(`invalid delay value "${parameter}"`, at);
      } else if (parameter !== 'nodelay') throw new NginxFault(`invalid parameter "${parameter}"`, at);
    }
    if (zone === undefined) throw new NginxFault('"limit_req" must have "zone" parameter', at);
    checkUse('limit_req', zone, scope, at);
    const isAgain = scope.nodes.some((one) => one.name === 'limit_req' && one.args.includes(`zone=${zone}`));
    if (isAgain) throw new NginxFault('"limit_req" directive is duplicate', at);
  },
  limit_conn({ args: [zone = '', count = ''], at }, scope) {
    checkUse('limit_conn', zone, scope, at);
    const isAgain = scope.nodes.some((one) => one.name === 'limit_conn' && one.args[0] === zone);
    if (isAgain) throw new NginxFault('"limit_conn" directive is duplicate', at);
    const value = parseNginxNumber(count) ?? 0;
    if (value <= 0) throw new NginxFault(`invalid number of connections "${count}"`, at);
    if (value > 65535) throw new NginxFault('connection limit must be less 65536', at);
  },
};

function addressCheck(
  ...[
    {
      args: [text = ''],
      at,
    },
    ,
    reading,
  ]: Parameters<Check>
): void {
  if (text === 'all' || text === 'unix:') return;
  const cidr = parseCidrText(text);
  if (cidr === undefined) throw new NginxFault(`invalid parameter "${text}"`, at);
  if (cidr.hasHostBits) reading.warn(`low address bits of ${text} are meaningless`, at);
}

interface CidrText {
  readonly address: string;
  readonly bits: number;
  readonly hasHostBits: boolean;
}

/** `10.0.0.0/8`, `::1`; undefined where it is neither. */
export function parseCidrText(text: string): CidrText | undefined {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  const width = family === 4 ? 32 : 128;
  const bits = prefix === undefined ? width : (parseNginxNumber(prefix) ?? -1);
  if (family === 0 || bits < 0 || bits > width || more.length > 0) return undefined;
  return { address, bits, hasHostBits: family === 4 && bits < 32 && hasBitsBehind(address, bits) };
}

function hasBitsBehind(address: string, bits: number): boolean {
  const value = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return value % 2 ** (32 - bits) !== 0;
}

interface Zone {
  readonly name: string;
  readonly size: number;
}

function checkZone(parameters: readonly string[], at: Place, checkOther: (parameter: string) => void): Zone {
  let zone: Zone | undefined;
  for (const parameter of parameters) {
    if (!parameter.startsWith('zone=')) {
      checkOther(parameter);
      continue;
    }
    const [, name = '', size = ''] = /^zone=([^:]*):(.*)$/s.exec(parameter) ?? [];
    const bytes = parseNginxSize(size);
    if (name === '' || bytes === undefined) throw new NginxFault(`invalid zone size "${parameter}"`, at);
    if (bytes < 8 * 4096) throw new NginxFault(`zone "${parameter}" is too small`, at);
    zone = { name, size: bytes };
  }
  return zone ?? { name: '', size: 0 };
}

function checkZoneKey(directive: string, { name, size }: Zone, nodes: Scope['nodes'], at: Place): void {
  const owner = nodes.find((one) => /^limit_(req|conn)_zone$/.test(one.name) && zoneOf(one.args)?.name === name);
  if (owner === undefined) return;
  const before = zoneOf(owner.args)?.size ?? 0;
  if (before !== size) {
    throw new NginxFault(
      `the size ${size} of shared memory zone "${name}" conflicts with already declared size ${before}`,
      at,
    );
  }
  if (owner.name !== directive) {
    throw new NginxFault(`the shared memory zone "${name}" is already declared for a different use`, at);
  }
  throw new NginxFault(`${directive} "${name}" is already bound to key "${owner.args[0]}"`, at);
}

/** Name and size of the zone among parameters. */
export function zoneOf(args: readonly string[]): { readonly name: string; readonly size: number } | undefined {
  const match = /^zone=([^:]*):(.*)$/s.exec(args.find((one) => one.startsWith('zone=')) ?? '');
  return match === null ? undefined : { name: match[1] ?? '', size: parseNginxSize(match[2] ?? '') ?? 0 };
}

function checkUse(directive: 'limit_req' | 'limit_conn', zone: string, scope: Scope, at: Place): void {
  const nodes = enclosing(scope, 'http')?.nodes ?? [];
  const other = directive === 'limit_req' ? 'limit_conn_zone' : 'limit_req_zone';
  if (nodes.some((one) => one.name === other && zoneOf(one.args)?.name === zone)) {
    throw new NginxFault(`the shared memory zone "${zone}" is already declared for a different use`, at);
  }
}
