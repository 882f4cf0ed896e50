// `access_log`, `log_format`, `error_log`: formats, levels, files, syslog.

import { NginxFault, nginxLevels, type Place } from '../nginx-fault.ts';
import { type Check, enclosing, type Reading, type Scope } from '../read/directive-node.ts';
import { parseNginxUrl } from '../read/parse-url.ts';
import { parseNginxSize, parseNginxTime } from './units.ts';
import { useVariables } from './variables-used.ts';

export const logChecks: Readonly<Record<string, Check>> = {
  log_format({ args: [name = '', ...texts], at }, { nodes }, reading) {
    const isKnown = nodes.some((one) => one.name === 'log_format' && one.args[0] === name);
    if (name === 'combined' || isKnown) throw new NginxFault(`duplicate "log_format" name "${name}"`, at);
    const escaping = /^escape=(.*)$/s.exec(texts[0] ?? '')?.[1];
    if (escaping !== undefined && !['default', 'json', 'none'].includes(escaping)) {
      throw new NginxFault(`unknown log format escaping "${escaping}"`, at);
    }
    const text = (escaping === undefined ? texts : texts.slice(1)).join('');
    if (/\$(?![\w{])|\$$/.test(text)) throw new NginxFault(`invalid parameter "${text}"`, at);
    useVariables(text, at, reading);
    // There is nothing that has captured anything.
    for (const [, digits = ''] of text.matchAll(/\$(\d+)/g)) reading.used.add(digits);
  },
  access_log({ args: [target = '', ...rest], at }, scope, reading) {
    if (target === 'off') {
      if (rest[0] !== undefined) throw new NginxFault(`invalid parameter "${rest[0]}"`, at);
      return;
    }
    if (target.startsWith('syslog:')) checkSyslog(target.slice(7), at);
    else useVariables(target, at, reading);
    const [first, ...parameters] = rest;
    const format = first ?? 'combined';
    if (format !== 'combined' && !formatNames(scope).has(format)) {
      throw new NginxFault(`unknown log format "${format}"`, at);
    }
    checkAccessLogParameters(target, parameters, at, reading);
  },
  error_log({ args: [target = '', ...levels], at }) {
    if (target.startsWith('syslog:')) checkSyslog(target.slice(7), at);
    const memory = /^memory:(.*)$/s.exec(target)?.[1];
    if (memory !== undefined && (parseNginxSize(memory) ?? 0) < 4096) {
      throw new NginxFault(`invalid buffer size "${memory}"`, at);
    }
    checkLevels(levels, at);
  },
};

function formatNames(scope: Scope): Set<string> {
  const nodes = enclosing(scope, 'http')?.nodes ?? [];
  return new Set(nodes.filter(({ name }) => name === 'log_format').map(({ args }) => args[0] ?? ''));
}

function checkAccessLogParameters(target: string, parameters: readonly string[], at: Place, reading: Reading): void {
  let isBuffered = false;
  let flush = false;
  for (const parameter of parameters) {
    const [, name = '', value = ''] = /^(\w+)(?:=(.*))?$/s.exec(parameter) ?? [];
    if (name === 'buffer' && parameter.includes('=')) {
      if (!((parseNginxSize(value) ?? 0) > 0)) throw new NginxFault(`invalid buffer size "${value}"`, at);
      isBuffered = true;
    } else if (name === 'flush' && parameter.includes('=')) {
      if (!((parseNginxTime(value) ?? 0) > 0)) throw new NginxFault(`invalid flush time "${value}"`, at);
      flush = true;
    } else if (name === 'gzip') {
      if (parameter.includes('=') && !/^[1-9]$/.test(value)) {
        throw new NginxFault(`invalid compression level "${value}"`, at);
      }
      isBuffered = true;
    } else if (name === 'if' && parameter.includes('=')) {
      useVariables(value, at, reading);
    } else {
      throw new NginxFault(`invalid parameter "${parameter}"`, at);
    }
  }
  if (flush && !isBuffered) throw new NginxFault(`no buffer is defined for access_log "${target}"`, at);
  if (isBuffered && target.includes('$')) throw new NginxFault('buffered logs cannot have variables in name', at);
  if (isBuffered && target.startsWith('syslog:')) throw new NginxFault('logs to syslog cannot be buffered', at);
}

function checkLevels(levels: readonly string[], at: Place): void {
  const known = new Set<string>([...nginxLevels, 'stderr']);
  let seen = false;
  for (const level of levels) {
    const isDebug = /^debug_(core|alloc|mutex|event|http|mail|stream)$/.test(level);
    if (!isDebug && !known.has(level)) throw new NginxFault(`invalid log level "${level}"`, at);
    if (seen && !isDebug) throw new NginxFault(`duplicate log level "${level}"`, at);
    seen = true;
  }
}

const facilities =
  'kern user mail daemon auth intern lpr news uucp clock authpriv ftp ntp audit alert cron local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );
const severities = 'emerg alert crit error warn notice info debug'.split(' ');

function checkSyslog(text: string, at: Place): void {
  for (const parameter of text.split(',')) {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/s.exec(parameter) ?? [];
    if (name === 'server') {
      const url = parseNginxUrl(value, { defaultPort: 514 });
      if (typeof url === 'string') throw new NginxFault(`${url} in syslog server "${value}"`, at);
    } else if (name === 'facility') {
      if (!facilities.includes(value)) throw new NginxFault(`unknown syslog facility "${value}"`, at);
    } else if (name === 'severity') {
      if (!severities.includes(value)) throw new NginxFault(`unknown syslog severity "${value}"`, at);
    } else if (name === 'tag') {
      if (!/^\w{0,32}$/.test(value)) {
        throw new NginxFault('syslog "tag" only allows alphanumeric characters and underscore', at);
      }
    } else if (parameter !== 'nohostname') {
      throw new NginxFault(`unknown syslog parameter "${parameter}"`, at);
    }
  }
  if (!/(^|,)server=/.test(text)) throw new NginxFault('no syslog server specified', at);
}
