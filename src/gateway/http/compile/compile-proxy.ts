// `proxy_*` settings in, a compiled passage to an upstream out, with nginx's defaults (ngx_http_proxy_merge_loc_conf).

import { readFileSync } from 'node:fs';
import { MutualError } from '../../../errors.ts';
import { toBinary } from '../binary-text.ts';
import type { Settings } from '../locations/inherit.ts';
import type { CookieFlags, ProxyConf, ProxyTarget, Rewriting } from '../proxy/proxy-conf.ts';
import { createProxyTls } from '../proxy/proxy-tls.ts';
import { parseProxyUrl } from '../proxy/resolve-target.ts';
import type { UpstreamGroup } from '../proxy/upstream-group.ts';
import type { Request } from '../request.ts';
import { compileRegex } from '../script/regex.ts';
import { constantValue, partsOf, type Value } from '../script/value.ts';
import { passwordsIn } from '../tls/open-key.ts';
import type { Scope } from './scope.ts';

/** Set toward the upstream unless the configuration says otherwise; what is empty removes the client's. */
const defaultHeaders: readonly (readonly [name: string, value: string])[] = [
  ['Host', '$proxy_host'],
  ['Connection', 'close'],
  ['Content-Length', '$proxy_internal_body_length'],
  ['Transfer-Encoding', '$proxy_internal_chunked'],
  ['TE', ''],
  ['Keep-Alive', ''],
  ['Expect', ''],
  ['Upgrade', ''],
];

const alwaysHidden = [
  'date',
  'server',
  'x-pad',
  'x-accel-expires',
  'x-accel-redirect',
  'x-accel-limit-rate',
  'x-accel-buffering',
  'x-accel-charset',
];

/** @param locationName the prefix that a URI in `proxy_pass` takes the place of */
export function compileProxy(settings: Settings, locationName: string, scope: Scope): ProxyConf | undefined {
  const url = settings.proxyPass;
  if (url === undefined) return undefined;
  const { compiler, since } = scope;
  const variable = partsOf(url).some((part) => typeof part !== 'string');
  const http11 = (settings.proxyHttpVersion ?? (since(29, 7) ? '1.1' : '1.0')) === '1.1';
  const setHeaders = headersToSet(settings, scope);
  const target = variable ? compiler.value(url) : fixedTarget(url, scope);
  const passed = new Set((settings.proxyPassHeaders ?? []).map((name) => name.toLowerCase()));
  const hidden = new Set([...alwaysHidden.filter((name) => !passed.has(name))]);
  for (const name of settings.proxyHideHeaders ?? []) hidden.add(name.toLowerCase());
  const next = settings.proxyNextUpstream ?? ['error', 'timeout'];
  return {
    target,
    findGroup: findGroup(scope, settings),
    url,
    locationName,
    setHeaders,
    replaced: new Set(setHeaders.map(({ name }) => name.toLowerCase())),
    body: compiler.optional(settings.proxySetBody),
    method: compiler.optional(settings.proxyMethod),
    http11,
    buffering: settings.proxyBuffering ?? true,
    requestBuffering: settings.proxyRequestBuffering ?? true,
    bufferBytes: settings.proxyBufferSize ?? settings.proxyBuffers?.size ?? 4096,
    connectTimeoutMs: settings.proxyConnectTimeout ?? 60_000,
    sendTimeoutMs: settings.proxySendTimeout ?? 60_000,
    readTimeoutMs: settings.proxyReadTimeout ?? 60_000,
    redirects: compileRedirects(settings, url, variable, locationName, scope),
    cookieDomains: compileReplacements(settings.proxyCookieDomain, scope, true),
    cookiePaths: compileReplacements(settings.proxyCookiePath, scope, false),
    cookieFlags: compileFlags(settings.proxyCookieFlags, scope),
    hidden,
    ignored: new Set((settings.proxyIgnoreHeaders ?? []).map((name) => name.toLowerCase())),
    passServer: passed.has('server'),
    passDate: passed.has('date'),
    interceptErrors: settings.proxyInterceptErrors ?? false,
    ignoreClientAbort: settings.proxyIgnoreClientAbort ?? false,
    passHeaders: settings.proxyPassRequestHeaders ?? true,
    passBody: settings.proxyPassRequestBody ?? true,
    nextOn: new Set(next.includes('off') ? [] : next),
    nextTimeoutMs: settings.proxyNextUpstreamTimeout ?? 0,
    nextTries: settings.proxyNextUpstreamTries ?? 0,
    forceRanges: settings.proxyForceRanges ?? false,
    limitRate: compiler.optional(settings.proxyLimitRate),
    bind: compiler.optional(settings.proxyBind),
    socketKeepalive: settings.proxySocketKeepalive ?? false,
    tls: compileTls(settings, scope),
  };
}

function headersToSet(settings: Settings, { compiler, since }: Scope): ProxyConf['setHeaders'] {
  const own = settings.proxySetHeaders ?? [];
  const names = new Set(own.map(({ name }) => name.toLowerCase()));
  const kept = since(29, 7);
  const defaults = defaultHeaders
    .filter(([name]) => !names.has(name.toLowerCase()))
    .map(([name, value]) => ({ name, value: name === 'Connection' && kept ? '' : value }));
  return [...own, ...defaults].map(({ name, value }) => ({ name: toBinary(name), value: compiler.value(value) }));
}

function fixedTarget(url: string, scope: Scope): ProxyTarget {
  const parts = parseProxyUrl(toBinary(url));
  if (parts === undefined) throw new MutualError('config-invalid', `invalid URL prefix in "${url}"`);
  const { secure, host, port, uri } = parts;
  const shown = host.startsWith('unix:') ? 'localhost' : host;
  return { secure, group: scope.upstream(host, secure), host: shown, port, uri };
}

const mostHosts = 1000;

/** At run time a name is an upstream, an address, or to be looked up. */
function findGroup(scope: Scope, settings: Settings): ProxyConf['findGroup'] {
  const made = new Map<string, Promise<UpstreamGroup | string>>();
  return (host, secure) => {
    const plain = host.replace(/:\d+$/, '');
    const isAddress = /^(?:\d+\.){3}\d+$|^\[|^unix:/.test(plain);
    if (!isAddress && !scope.defined.has(host) && !scope.defined.has(plain) && settings.resolver === undefined) {
      return Promise.resolve(`no resolver defined to resolve ${plain}`);
    }
    const key = `${secure} ${host}`;
    let group = made.get(key);
    if (group === undefined) {
      // Clients may choose the host: what is kept of old ones is bounded.
      if (made.size >= mostHosts) made.delete(made.keys().next().value as string);
      group = find(host, secure, scope, plain);
      made.set(key, group);
      // A name that cannot be had now may be there later.
      void group.then((found) => typeof found === 'string' && made.delete(key));
    }
    return group;
  };
}

async function find(host: string, secure: boolean, scope: Scope, plain: string): Promise<UpstreamGroup | string> {
  try {
    const group = scope.passingUpstream(host, secure);
    await group.resolve();
    return group;
  } catch {
    return `${plain} could not be resolved (3: Host not found)`;
  }
}

function compileRedirects(
  { proxyRedirect = ['default'] }: Settings,
  url: string,
  variable: boolean,
  locationName: string,
  scope: Scope,
): Rewriting[] {
  if (proxyRedirect === 'off') return [];
  return proxyRedirect.flatMap((rule): Rewriting[] => {
    if (rule !== 'default') return [compileReplacement(rule, scope, false)];
    if (variable) return [];
    const hasUri = (parseProxyUrl(url)?.uri ?? '') !== '';
    const from = hasUri ? url : `${url}/`;
    return [{ from: constantValue(toBinary(from)), to: constantValue(hasUri ? locationName : '/') }];
  });
}

type Rule = { readonly from: string; readonly to: string; readonly regex?: '~' | '~*' | undefined };

function compileReplacements(rules: 'off' | readonly Rule[] | undefined, scope: Scope, domain: boolean): Rewriting[] {
  return rules === undefined || rules === 'off' ? [] : rules.map((rule) => compileReplacement(rule, scope, domain));
}

function compileReplacement({ from, to, regex }: Rule, { compiler }: Scope, domain: boolean): Rewriting {
  const source = regex === undefined ? compiler.value(from) : compileRegex(from, domain || regex === '~*');
  return { from: source, to: compiler.value(to) };
}

function compileFlags(rules: Settings['proxyCookieFlags'], { compiler }: Scope): CookieFlags[] {
  if (rules === undefined || rules === 'off') return [];
  return rules.map(({ cookie, regex, flags }) => {
    const expression = regex === undefined ? undefined : compileRegex(cookie, true);
    const name = toBinary(cookie).toLowerCase();
    const matches = (given: string): boolean =>
      expression === undefined ? given.toLowerCase() === name : expression.match(given) !== null;
    return { matches, flags: flags.map((flag): Value<Request> => compiler.value(flag)) };
  });
}

function compileTls(settings: Settings, { compiler, configured }: Scope): ProxyConf['tls'] {
  const passwords = settings.proxySslPasswordFile;
  return createProxyTls(
    {
      certificate: compiler.optional(settings.proxySslCertificate),
      key: compiler.optional(settings.proxySslCertificateKey),
      passwords: passwords === undefined ? [] : passwordsIn(readFileSync(configured(passwords), 'utf8')),
      trusted: settings.proxySslTrustedCertificate,
      crl: settings.proxySslCrl,
      verify: settings.proxySslVerify ?? false,
      serverName: settings.proxySslServerName ?? false,
      name: compiler.optional(settings.proxySslName),
      protocols: settings.proxySslProtocols ?? ['TLSv1.2', 'TLSv1.3'],
      ciphers: settings.proxySslCiphers ?? 'DEFAULT',
      sessionReuse: settings.proxySslSessionReuse ?? true,
    },
    configured,
  );
}
