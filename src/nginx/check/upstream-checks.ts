// `upstream` and what stands in it.

import { NginxFault, type Place } from '../nginx-fault.ts';
import type { Check, DirectiveNode, Reading, Scope } from '../read/directive-node.ts';
import { parseNginxUrl } from '../read/parse-url.ts';
import { parseNginxNumber, parseNginxSize, parseNginxTime } from './units.ts';
import { useVariables } from './variables-used.ts';

const methods = ['hash', 'ip_hash', 'least_conn', 'random'] as const;

function checkMethod(scope: Scope, at: Place, reading: Reading): void {
  const before = scope.nodes.some(({ name }) => name === 'keepalive' || methods.some((method) => method === name));
  if (before) reading.warn('load balancing method redefined', at);
}

export const upstreamChecks: Readonly<Record<string, Check>> = {
  upstream({ args: [name = ''], at }, { nodes }) {
    if (nodes.some((one) => one.name === 'upstream' && one.args[0]?.toLowerCase() === name.toLowerCase())) {
      throw new NginxFault(`duplicate upstream "${name}"`, at);
    }
  },
  'upstream.server'({ args: [address = '', ...parameters], at }, { nodes }, reading) {
    const method = nodes.find(({ name }) => methods.some((one) => one === name))?.name;
    for (const parameter of parameters) checkServerParameter(parameter, method, at, reading);
    const url = parseNginxUrl(address, { defaultPort: 80 });
    if (typeof url === 'string') throw new NginxFault(`${url} in upstream "${address}"`, at);
    if (url.isName && !parameters.includes('resolve')) {
      reading.hosts.push({ host: url.host, fault: `host not found in upstream "${address}"`, at });
    }
  },
  'upstream.hash'({ args: [key = '', second], at }, scope, reading) {
    useVariables(key, at, reading);
    checkMethod(scope, at, reading);
    if (second !== undefined && second !== 'consistent') throw new NginxFault(`invalid parameter "${second}"`, at);
  },
  'upstream.ip_hash': ({ at }, scope, reading) => checkMethod(scope, at, reading),
  'upstream.least_conn': ({ at }, scope, reading) => checkMethod(scope, at, reading),
  'upstream.random'({ args: [first, second], at }, scope, reading) {
    checkMethod(scope, at, reading);
    if (first !== undefined && first !== 'two') throw new NginxFault(`invalid parameter "${first}"`, at);
    if (second !== undefined && second !== 'least_conn') throw new NginxFault(`invalid parameter "${second}"`, at);
  },
  'upstream.keepalive'({ args: [count = '', sharing], at }, _scope, reading) {
    if (sharing !== undefined && sharing !== 'local') throw new NginxFault(`invalid parameter "${sharing}"`, at);
    const value = parseNginxNumber(count);
    if (value === undefined || (value === 0 && reading.minor < 29)) {
      throw new NginxFault(`invalid value "${count}" in "keepalive" directive`, at);
    }
  },
  'upstream.zone'({ args: [name = '', size], at }) {
    if (name === '') throw new NginxFault('invalid zone name ""', at);
    if (size === undefined) return;
    const bytes = parseNginxSize(size);
    if (bytes === undefined) throw new NginxFault(`invalid zone size "${size}"`, at);
    if (bytes < 8 * 4096) throw new NginxFault(`zone "${name}" is too small`, at);
  },
};

function checkServerParameter(text: string, method: string | undefined, at: Place, { minor }: Reading): void {
  const fail = (): never => {
    throw new NginxFault(`invalid parameter "${text}"`, at);
  };
  const unsupported = (parameter: string): never => {
    throw new NginxFault(`balancing method does not support parameter "${parameter}"`, at);
  };
  if (text === 'down') return;
  if (text === 'backup') {
    if (method === 'hash' || method === 'ip_hash' || method === 'random') unsupported('backup');
    return;
  }
  if (text === 'resolve' && minor >= 27) return;
  const [, name, value = ''] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  switch (name) {
    case 'weight':
      if (!((parseNginxNumber(value) ?? 0) > 0)) fail();
      return;
    case 'max_fails':
    case 'max_conns':
      if (parseNginxNumber(value) === undefined) fail();
      return;
    case 'fail_timeout':
      if (parseNginxTime(value) === undefined) fail();
      return;
    case 'route':
    case 'service':
      if (minor < 27) fail();
      return;
    default:
      fail();
  }
}

/** Asked when the block is complete. @throws NginxFault */
export function upstreamEnd({ block = [] }: DirectiveNode, end: Place, _scope: Scope, _reading: Reading): void {
  if (!block.some(({ name }) => name === 'server')) throw new NginxFault('no servers are inside upstream', end);
}
