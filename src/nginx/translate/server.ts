// `server` and `location` blocks.

import { listenAddresses, listensOf } from '../check/addresses-end.ts';
import { parseLocation } from '../check/location-check.ts';
import type { DirectiveNode } from '../read/directive-node.ts';
import { type Settings, translateSettings } from './settings.ts';
import { translateSteps } from './steps.ts';

export function translateServer(server: DirectiveNode): Settings {
  const { block = [] } = server;
  const names = block.filter(({ name }) => name === 'server_name').flatMap(({ args }) => args);
  const isOldSsl = block.some(({ name, args }) => name === 'ssl' && args[0]?.toLowerCase() === 'on');
  return {
    listen: listensOf(server).flatMap((listen) => translateListen(listen, isOldSsl)),
    ...(names.length === 0 ? {} : { names }),
    ...translateSettings(block),
    ...translateInner(block),
  };
}

function translateListen({ args: [text = '', ...options] }: DirectiveNode, isOldSsl: boolean): object[] {
  const has = (...names: readonly string[]): boolean => names.some((name) => options.includes(name));
  const backlog = options.find((option) => option.startsWith('backlog='))?.slice('backlog='.length);
  const settings = {
    ...(isOldSsl || has('ssl') ? { ssl: true } : {}),
    ...(has('http2') ? { http2: true } : {}),
    ...(has('default', 'default_server') ? { defaultServer: true } : {}),
    ...(has('proxy_protocol') ? { proxyProtocol: true } : {}),
    ...(has('reuseport') ? { reuseport: true } : {}),
    ...(has('ipv6only=off') ? { ipv6only: false } : {}),
    ...(backlog === undefined || Number(backlog) < 0 ? {} : { backlog: Number(backlog) }),
  };
  return listenAddresses(text).map(({ key }) => ({ address: key, ...settings }));
}

/** What servers and locations have in common beside settings. */
function translateInner(block: readonly DirectiveNode[]): Settings {
  const steps = translateSteps(block);
  const tryFiles = block.find(({ name }) => name === 'try_files')?.args;
  const locations = block.filter(({ name }) => name === 'location').map(translateLocation);
  return {
    ...(tryFiles === undefined ? {} : { tryFiles: [...tryFiles] }),
    ...(steps === undefined ? {} : { steps }),
    ...(locations.length === 0 ? {} : { locations }),
  };
}

function translateLocation(location: DirectiveNode): Settings {
  const { block = [] } = location;
  const limit = block.find(({ name }) => name === 'limit_except');
  return {
    ...translatePattern(location),
    ...(block.some(({ name }) => name === 'internal') ? { internal: true } : {}),
    ...translateSettings(block.filter(({ name }) => name !== 'alias')),
    ...translateAlias(block),
    ...(limit === undefined
      ? {}
      : { limitExcept: { methods: [...limit.args], settings: translateSettings(limit.block ?? []) } }),
    ...translateInner(block),
  };
}

function translateAlias(block: readonly DirectiveNode[]): Settings {
  const alias = block.find(({ name }) => name === 'alias')?.args[0];
  return alias === undefined ? {} : { alias };
}

function translatePattern(location: DirectiveNode): Settings {
  const { modifier, pattern } = parseLocation(location);
  switch (modifier) {
    case '=':
      return { exact: pattern };
    case '^~':
      return { prefix: pattern, final: true };
    case '~':
      return { regex: pattern };
    case '~*':
      return { regex: pattern, ignoreCase: true };
    case '@':
      return { named: pattern };
    default:
      return { prefix: pattern };
  }
}
