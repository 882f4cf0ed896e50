// `proxy_pass` and what may be said of it (src/http/modules/ngx_http_proxy_module.c).

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { NginxFault, printSystemError } from '../nginx-fault.ts';
import { type Check, type DirectiveNode, fullName, type Scope } from '../read/directive-node.ts';
import { parseNginxUrl } from '../read/parse-url.ts';
import { isRegexLocation, parseLocation } from './location-check.ts';
import { checkRegex } from './regex.ts';
import { useVariables } from './variables-used.ts';

export const proxyChecks: Readonly<Record<string, Check>> = {
  proxy_pass({ args: [target = ''], at }, scope, reading) {
    if (target.includes('$')) {
      useVariables(target, at, reading);
      return;
    }
    const authority = /^https?:\/\/(.*)$/is.exec(target)?.[1];
    if (authority === undefined) throw new NginxFault('invalid URL prefix', at);
    const defaultPort = /^https/i.test(target) ? 443 : 80;
    const url = parseNginxUrl(authority, { uri: true, defaultPort });
    if (typeof url === 'string') throw new NginxFault(`${url} in upstream "${authority}"`, at);
    if (url.uri !== '' && !mayHaveUri(scope)) {
      throw new NginxFault(
        '"proxy_pass" cannot have URI part in location given by regular expression, or inside named location, or inside "if" statement, or inside "limit_except" block',
        at,
      );
    }
  },
  proxy_redirect({ args: [from = '', to], at }, { nodes }, reading) {
    const before = nodes.filter(({ name }) => name === 'proxy_redirect');
    const isAfterOff = before.some(({ args }) => args.length === 1 && args[0] === 'off');
    if (isAfterOff || (from === 'off' && to === undefined && before.length > 0)) {
      throw new NginxFault('"proxy_redirect" directive is duplicate', at);
    }
    if (to === undefined) {
      if (from === 'off' || from === 'false') return;
      if (from !== 'default') throw new NginxFault(`invalid parameter "${from}"`, at);
      checkDefaultRedirect(nodes, { args: [], at, name: 'proxy_redirect' });
      return;
    }
    if (from.startsWith('~')) checkRegex(from.slice(from.startsWith('~*') ? 2 : 1), at, reading);
    else useVariables(from, at, reading);
    useVariables(to, at, reading);
  },
  proxy_cookie_domain: cookieCheck,
  proxy_cookie_path: cookieCheck,
  proxy_cookie_flags({ args: [from = '', ...flags], at, name }, { nodes }, reading) {
    if (flags.length === 0 && from !== 'off') throw new NginxFault(`invalid parameter "${from}"`, at);
    checkOff(name, from, flags.length, nodes, at);
    if (from.startsWith('~')) checkRegex(from.slice(1), at, reading);
    else useVariables(from, at, reading);
    for (const flag of flags) useVariables(flag, at, reading);
  },
  proxy_set_header({ args: [, value = ''], at }, _scope, reading) {
    useVariables(value, at, reading);
  },
  proxy_set_body({ args: [body = ''], at }, _scope, reading) {
    useVariables(body, at, reading);
  },
  proxy_bind({ args: [address = '', parameter], at }) {
    if (address === 'off' && parameter === undefined) return;
    const host = address.replace(/^\[([^\]]*)\](:\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1');
    if (!address.includes('$') && isIP(host) === 0) throw new NginxFault(`invalid address "${address}"`, at);
    if (parameter !== undefined && parameter !== 'transparent') {
      throw new NginxFault(`invalid parameter "${parameter}"`, at);
    }
  },
  proxy_ssl_password_file({ args: [file = ''], at }, _scope, reading) {
    const name = fullName(reading.confPrefix, file);
    try {
      readFileSync(name);
    } catch (error) {
      throw new NginxFault(`open() "${name}" failed ${printSystemError(error)}`, at);
    }
  },
};

/** Only where a location is a path can that path be replaced. */
function mayHaveUri(scope: Scope): boolean {
  if (scope.context !== 'location' || scope.node === undefined) return false;
  const location = parseLocation(scope.node);
  return !isRegexLocation(location) && location.modifier !== '@';
}

function checkDefaultRedirect(nodes: readonly DirectiveNode[], { at }: DirectiveNode): void {
  const pass = nodes.find(({ name }) => name === 'proxy_pass');
  if (pass === undefined) {
    throw new NginxFault('"proxy_redirect default" should be placed after the "proxy_pass" directive', at);
  }
  if (pass.args[0]?.includes('$') === true) {
    throw new NginxFault('"proxy_redirect default" cannot be used with "proxy_pass" directive with variables', at);
  }
}

function cookieCheck(
  ...[
    {
      args: [from = '', to],
      at,
      name,
    },
    { nodes },
    reading,
  ]: Parameters<Check>
): void {
  if (to === undefined) {
    if (from !== 'off') throw new NginxFault(`invalid parameter "${from}"`, at);
    checkOff(name, from, 0, nodes, at);
    return;
  }
  checkOff(name, from, 1, nodes, at);
  if (from.startsWith('~')) checkRegex(from.slice(from.startsWith('~*') ? 2 : 1), at, reading);
  else useVariables(from, at, reading);
  useVariables(to, at, reading);
}

/** `off` stands alone. */
function checkOff(
  name: string,
  from: string,
  others: number,
  nodes: readonly DirectiveNode[],
  at: DirectiveNode['at'],
): void {
  const before = nodes.filter((one) => one.name === name);
  const isAfterOff = before.some(({ args }) => args.length === 1 && args[0] === 'off');
  if (isAfterOff || (from === 'off' && others === 0 && before.length > 0)) {
    throw new NginxFault(`"${name}" directive is duplicate`, at);
  }
}
