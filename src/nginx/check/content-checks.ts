// What makes or changes responses: roots, error pages, headers, indexes, expiry.

import { NginxFault, type Place } from '../nginx-fault.ts';
import type { Check, DirectiveNode, Reading } from '../read/directive-node.ts';
import { parseNginxNumber, parseNginxTime } from './units.ts';
import { useVariables } from './variables-used.ts';

const methods = 'GET HEAD POST PUT DELETE MKCOL COPY MOVE OPTIONS PROPFIND PROPPATCH LOCK UNLOCK PATCH'.split(' ');

export const contentChecks: Readonly<Record<string, Check>> = {
  root: rootCheck,
  alias: rootCheck,
  limit_except({ args, at }) {
    for (const method of args) {
      if (!methods.includes(method.toUpperCase())) throw new NginxFault(`invalid method "${method}"`, at);
    }
  },
  error_page({ args, at }, _scope, reading) {
    checkErrorPage(args, at, reading);
  },
  keepalive_timeout({ args, at }) {
    if (args.some((time) => parseNginxTime(time) === undefined)) {
      throw new NginxFault('"keepalive_timeout" directive invalid value', at);
    }
  },
  limit_rate: rateCheck,
  limit_rate_after: rateCheck,
  resolver({ args, at }, _scope, reading) {
    for (const parameter of args) {
      const [, name, value = ''] = /^(valid|ipv4|ipv6|status_zone)=(.*)$/s.exec(parameter) ?? [];
      if (name === undefined) {
        const host = parameter.replace(/^\[([^\]]*)\].*$/, '$1').replace(/:\d+$/, '');
        if (!/^[\d.:a-f]*$/i.test(host)) {
          reading.hosts.push({ host, fault: `host not found in resolver "${parameter}"`, at });
        }
        continue;
      }
      const isRight = name === 'valid' ? parseNginxTime(value) !== undefined : value === 'on' || value === 'off';
      if (!isRight) throw new NginxFault(`invalid parameter: ${parameter}`, at);
    }
  },
  open_file_cache({ args, at }) {
    for (const parameter of args) {
      const [, name, value = ''] = /^(max|inactive)=(.*)$/s.exec(parameter) ?? [];
      const isRight =
        parameter === 'off' ||
        (name === 'max' && (parseNginxNumber(value) ?? 0) > 0) ||
        (name === 'inactive' && parseNginxTime(value) !== undefined);
      if (!isRight) throw new NginxFault(`invalid "open_file_cache" parameter "${parameter}"`, at);
    }
  },
  add_header: headerCheck,
  add_trailer: headerCheck,
  expires({ args, at }, _scope, reading) {
    checkExpires(args, at, reading);
  },
  index({ args, at }, _scope, reading) {
    for (const [place, name] of args.entries()) {
      if (name === '') throw new NginxFault('index "" in "index" directive is invalid', at);
      if (name.startsWith('/') && place < args.length - 1) {
        reading.warn('only the last index in "index" directive should be absolute', at);
      }
      useVariables(name, at, reading);
    }
  },
  try_files({ args, at }, _scope, reading) {
    for (const [place, name] of args.entries()) {
      if (place === args.length - 1 && name.startsWith('=')) {
        const code = parseNginxNumber(name.slice(1));
        if (code === undefined || code > 999) throw new NginxFault(`invalid code "${name}"`, at);
        continue;
      }
      useVariables(name, at, reading);
    }
  },
  charset({ args: [name = ''], at }, _scope, reading) {
    if (name.startsWith('$')) useVariables(name, at, reading);
  },
  types() {},
};

function rootCheck(
  ...[
    {
      name,
      args: [path = ''],
      at,
    },
    { nodes },
    reading,
  ]: Parameters<Check>
): void {
  const other = nodes.find((one: DirectiveNode) => one.name === (name === 'root' ? 'alias' : 'root'));
  if (other !== undefined) {
    throw new NginxFault(`"${name}" directive is duplicate, "${other.name}" directive was specified earlier`, at);
  }
  const itself = /\$\{?(document_root|realpath_root)\b/.exec(path)?.[1];
  if (itself !== undefined) {
    throw new NginxFault(`the $${itself} variable cannot be used in the "${name}" directive`, at);
  }
  useVariables(path, at, reading);
}

function rateCheck(
  ...[
    {
      name,
      args: [rate = ''],
      at,
    },
  ]: Parameters<Check>
): void {
  if (!rate.includes('$') && !/^\d+[kmg]?$/i.test(rate)) throw new NginxFault(`"${name}" directive invalid value`, at);
}

function headerCheck(
  ...[
    {
      args: [, value = '', third],
      at,
    },
    ,
    reading,
  ]: Parameters<Check>
): void {
  useVariables(value, at, reading);
  if (third !== undefined && third !== 'always') throw new NginxFault(`invalid parameter "${third}"`, at);
}

function checkErrorPage(args: readonly string[], at: Place, reading: Reading): void {
  const page = args.at(-1) ?? '';
  const codes = args.slice(0, -1);
  const answer = codes.at(-1);
  if (answer?.startsWith('=') === true) {
    if (codes.length < 2) throw new NginxFault(`invalid value "${answer}"`, at);
    if (answer !== '=' && parseNginxNumber(answer.slice(1)) === undefined) {
      throw new NginxFault(`invalid value "${answer}"`, at);
    }
    codes.pop();
  }
  useVariables(page, at, reading);
  for (const code of codes) {
    const value = parseNginxNumber(code);
    if (value === undefined || value === 499) throw new NginxFault(`invalid value "${code}"`, at);
    if (value < 300 || value > 599) throw new NginxFault(`value "${code}" must be between 300 and 599`, at);
  }
}

function checkExpires(args: readonly string[], at: Place, reading: Reading): void {
  const fail = (what: string): never => {
    throw new NginxFault(`"expires" directive ${what}`, at);
  };
  const isModified = args.length === 2;
  if (isModified && args[0] !== 'modified') fail('invalid value');
  const text = args.at(-1) ?? '';
  if (text.includes('$')) {
    useVariables(text, at, reading);
    return;
  }
  if (!isModified && ['epoch', 'max', 'off'].includes(text)) return;
  if (text.startsWith('@')) {
    if (isModified) fail('daily time cannot be used with "modified" parameter');
    const time = parseNginxTime(text.slice(1)) ?? fail('invalid value');
    if (time > 86_400_000) fail('daily time value must be less than 24 hours');
    return;
  }
  if (parseNginxTime(text.replace(/^[-+]/, '')) === undefined) fail('invalid value');
}
