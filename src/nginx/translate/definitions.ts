// What `http` defines by name: variables, zones, formats of logs, upstreams.

import { formatDuration } from '../../config/units.ts';
import { zoneOf } from '../check/access-checks.ts';
import { parseNginxTime } from '../check/units.ts';
import type { DirectiveNode } from '../read/directive-node.ts';
import type { Settings } from './settings.ts';

/** @param http the block */
export function translateDefinitions(http: readonly DirectiveNode[]): Settings {
  const all = (directive: string): DirectiveNode[] => http.filter(({ name }) => name === directive);
  const definitions: Settings = {
    maps: all('map').map(translateMap),
    geos: all('geo').map(translateGeo),
    splits: all('split_clients').map(translateSplit),
    requestZones: all('limit_req_zone').map(({ args: [key = '', ...args] }) => {
      const rate = args.find((arg) => arg.startsWith('rate='))?.slice('rate='.length);
      return { ...zoneOf(args), key, rate: rate ?? '1r/s' };
    }),
    connectionZones: all('limit_conn_zone').map(({ args: [key = '', ...args] }) => ({ ...zoneOf(args), key })),
    logFormats: Object.fromEntries(all('log_format').map(translateFormat)),
    upstreams: Object.fromEntries(all('upstream').map((node) => [node.args[0] ?? '', translateUpstream(node)])),
  };
  const isEmpty = (value: unknown): boolean => Object.keys(value as object).length === 0;
  return Object.fromEntries(Object.entries(definitions).filter(([, value]) => !isEmpty(value)));
}

function translateMap({ args: [source = '', variable = ''], block = [] }: DirectiveNode): object {
  const has = (word: string): boolean => block.some(({ name, args }) => name === word && args.length === 0);
  const valued = block.filter(({ args }) => args.length === 1);
  const byDefault = valued.find(({ name }) => name === 'default')?.args[0];
  return {
    source,
    variable,
    ...(byDefault === undefined ? {} : { default: byDefault }),
    ...(has('hostnames') ? { hostnames: true } : {}),
    ...(has('volatile') ? { volatile: true } : {}),
    entries: valued
      .filter(({ name }) => name !== 'default')
      .map(({ name, args: [value = ''] }) => ({ when: name, value })),
  };
}

function translateGeo({ args, block = [] }: DirectiveNode): object {
  const has = (word: string): boolean => block.some((entry) => entry.name === word && entry.args.length === 0);
  const valued = block.filter((entry) => entry.args.length === 1);
  const byDefault = valued.findLast(({ name }) => name === 'default')?.args[0];
  const proxies = valued.filter(({ name }) => name === 'proxy').map(({ args: [address = ''] }) => address);
  const entries = new Map<string, string>();
  for (const {
    name,
    args: [value = ''],
  } of valued) {
    if (name === 'default' || name === 'proxy') continue;
    if (name === 'delete') entries.delete(value);
    else entries.set(name, value);
  }
  return {
    ...(args.length === 2 ? { source: args[0] } : {}),
    variable: args.at(-1) ?? '',
    ...(byDefault === undefined ? {} : { default: byDefault }),
    ...(has('ranges') ? { ranges: true } : {}),
    ...(proxies.length === 0 ? {} : { proxies }),
    ...(has('proxy_recursive') ? { proxyRecursive: true } : {}),
    entries: [...entries].map(([network, value]) => ({ network, value })),
  };
}

function translateSplit({ args: [source = '', variable = ''], block = [] }: DirectiveNode): object {
  return { source, variable, parts: block.map(({ name, args: [value = ''] }) => ({ share: name, value })) };
}

function translateFormat({ args: [name = '', ...texts] }: DirectiveNode): [string, object] {
  const escaping = /^escape=(.*)$/.exec(texts[0] ?? '')?.[1];
  const format = (escaping === undefined ? texts : texts.slice(1)).join('');
  return [name, { ...(escaping === undefined ? {} : { escape: escaping }), format }];
}

function translateUpstream({ block = [] }: DirectiveNode): object {
  const find = (directive: string): readonly string[] | undefined =>
    block.findLast(({ name }) => name === directive)?.args;
  const span = (directive: string): string | undefined => {
    const text = find(directive)?.[0];
    return text === undefined ? undefined : formatDuration(parseNginxTime(text) ?? 0);
  };
  const count = (directive: string): number | undefined => {
    const text = find(directive)?.[0];
    return text === undefined ? undefined : Number(text);
  };
  const settings = {
    servers: block.filter(({ name }) => name === 'server').map(translateUpstreamServer),
    balance: translateBalance(block),
    keepalive: count('keepalive'),
    keepaliveRequests: count('keepalive_requests'),
    keepaliveTime: span('keepalive_time'),
    keepaliveTimeout: span('keepalive_timeout'),
    zone: find('zone')?.[0],
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** The last method that is named counts. */
function translateBalance(block: readonly DirectiveNode[]): unknown {
  const method = block.findLast(({ name }) => ['hash', 'ip_hash', 'least_conn', 'random'].includes(name));
  switch (method?.name) {
    case 'hash':
      return { hash: method.args[0] ?? '', ...(method.args[1] === 'consistent' ? { consistent: true } : {}) };
    case 'ip_hash':
      return 'ip-hash';
    case 'least_conn':
      return 'least-connections';
    case 'random':
      return { random: method.args[0] === 'two' ? 'two' : 'one' };
    default:
      return undefined;
  }
}

function translateUpstreamServer({ args: [address = '', ...options] }: DirectiveNode): object {
  const numbers = { weight: 'weight', max_conns: 'maxConnections', max_fails: 'maxFails' } as const;
  const server: Settings = { address };
  for (const option of options) {
    const [name = '', value = ''] = option.split('=');
    if (name in numbers) server[numbers[name as keyof typeof numbers]] = Number(value);
    if (name === 'fail_timeout') server.failTimeout = formatDuration(parseNginxTime(value) ?? 0);
    if (name === 'backup' || name === 'down') server[name] = true;
  }
  return server;
}
