// `proxy_redirect`, `proxy_cookie_domain`, `proxy_cookie_path` and `proxy_cookie_flags` (ngx_http_proxy_module.c).

import type { Request } from '../request.ts';
import type { Regex } from '../script/regex.ts';
import type { Value } from '../script/value.ts';
import type { CookieFlags, Rewriting } from './proxy-conf.ts';

/** The value with its beginning replaced, or undefined where nothing applies. */
export function rewriteBeginning(request: Request, rules: readonly Rewriting[], value: string): string | undefined {
  for (const { from, to } of rules) {
    const changed = 'exec' in from ? byRegex(request, from, to, value) : byPrefix(request, from, to, value);
    if (changed !== undefined) return changed;
  }
  return undefined;
}

function byPrefix(request: Request, from: Value<Request>, to: Value<Request>, value: string): string | undefined {
  const prefix = from.of(request);
  return value.startsWith(prefix) ? to.of(request) + value.slice(prefix.length) : undefined;
}

function byRegex(request: Request, from: Regex, to: Value<Request>, value: string): string | undefined {
  const before = request.captures;
  if (!from.exec(request, value)) return undefined;
  // The whole is replaced, whatever part of it was matched.
  const changed = to.of(request);
  request.captures = before;
  return changed;
}

function rewriteDomain(request: Request, rules: readonly Rewriting[], value: string): string | undefined {
  const plain = value.replace(/^\./, '');
  for (const { from, to } of rules) {
    if ('exec' in from) {
      const changed = byRegex(request, from, to, plain);
      if (changed !== undefined) return changed;
    } else if (from.of(request).replace(/^\./, '').toLowerCase() === plain.toLowerCase()) return to.of(request);
  }
  return undefined;
}

/** `Refresh: 5; url=…`: the URL in it. */
export function rewriteRefresh(request: Request, rules: readonly Rewriting[], value: string): string | undefined {
  const at = /url=/i.exec(value);
  if (at === null) return undefined;
  const from = at.index + at[0].length;
  const changed = rewriteBeginning(request, rules, value.slice(from));
  return changed === undefined ? undefined : value.slice(0, from) + changed;
}

interface Attribute {
  key: string;
  value: string | undefined;
}

export function rewriteCookie(
  request: Request,
  domains: readonly Rewriting[],
  paths: readonly Rewriting[],
  flags: readonly CookieFlags[],
  cookie: string,
): string {
  if (domains.length + paths.length + flags.length === 0) return cookie;
  let attributes: Attribute[] = cookie.split(';').map((text) => {
    const equals = text.indexOf('=');
    const trimmed = (part: string): string => part.replace(/^ +| +$/g, '');
    if (equals === -1) return { key: trimmed(text), value: undefined };
    return { key: trimmed(text.slice(0, equals)), value: trimmed(text.slice(equals + 1)) };
  });
  let changed = false;
  for (const attribute of attributes.slice(1)) {
    const { key, value } = attribute;
    if (value === undefined) continue;
    const rewritten =
      key.toLowerCase() === 'domain'
        ? rewriteDomain(request, domains, value)
        : key.toLowerCase() === 'path'
          ? rewriteBeginning(request, paths, value)
          : undefined;
    if (rewritten === undefined) continue;
    attribute.value = rewritten;
    changed = true;
  }
  const [name] = attributes;
  const rule = flags.find(({ matches }) => matches(name?.key ?? ''));
  if (rule !== undefined) {
    attributes = withFlags(
      attributes,
      rule.flags.map((flag) => flag.of(request).toLowerCase()),
    );
    changed = true;
  }
  if (!changed) return cookie;
  return attributes.map(({ key, value }) => (value === undefined ? key : `${key}=${value}`)).join('; ');
}

const sameSites: Readonly<Record<string, string | undefined>> = {
  samesite: undefined,
  'samesite=strict': 'Strict',
  'samesite=lax': 'Lax',
  'samesite=none': 'None',
};

function withFlags(attributes: readonly Attribute[], flags: readonly string[]): Attribute[] {
  let result = [...attributes];
  const without = (name: string): Attribute[] =>
    result.filter(({ key }, index) => index === 0 || key.toLowerCase() !== name);
  for (const flag of flags) {
    if (flag === 'secure' || flag === 'httponly') {
      const present = result.some(({ key }, index) => index > 0 && key.toLowerCase() === flag);
      if (!present) result.push({ key: flag === 'secure' ? 'Secure' : 'HttpOnly', value: undefined });
    } else if (flag in sameSites) {
      const value = sameSites[flag];
      const present = result.find(({ key }, index) => index > 0 && key.toLowerCase() === 'samesite');
      if (present === undefined) result.push({ key: 'SameSite', value });
      else present.value = value;
    } else if (flag.startsWith('no')) result = without(flag.slice(2));
  }
  return result;
}
