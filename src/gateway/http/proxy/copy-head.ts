// Which headers of an upstream's response go on to the client, and how they are changed on the way
// (ngx_http_upstream.c, ngx_http_upstream_headers_in; ngx_http_proxy_module.c, ngx_http_proxy_hide_headers).

import type { HeaderField } from '../parse/header-line.ts';
import { type Request, setLocation } from '../request.ts';
import { parseHttpDate } from '../response/http-date.ts';
import { parseBytes } from '../rewrite/assign-variable.ts';
import { rewriteBeginning, rewriteCookie, rewriteRefresh } from './header-rewriting.ts';
import type { ProxyConf } from './proxy-conf.ts';
import type { UpstreamHead } from './response-head.ts';

/** @param length what the head says of its body; undefined where it says nothing that counts */
export function copyHead(request: Request, conf: ProxyConf, head: UpstreamHead, length: number | undefined): void {
  const { out } = request;
  out.status = head.status;
  out.statusLine = head.statusLine;
  out.contentLength = length ?? -1;
  takeOrders(request, conf, head);
  for (const field of head.fields) copyField(request, conf, field);
  out.foreignServer = conf.passServer;
  out.foreignDate = conf.passDate;
}

/** What the upstream tells us, and not the client. */
function takeOrders(request: Request, conf: ProxyConf, { fields }: UpstreamHead): void {
  for (const { lowerName, value } of fields) {
    if (conf.ignored.has(lowerName)) continue;
    if (lowerName === 'x-accel-limit-rate') request.limitRate = parseBytes(value) ?? request.limitRate;
  }
}

function copyField(request: Request, conf: ProxyConf, { name, lowerName, value }: HeaderField): void {
  const { out } = request;
  if (conf.hidden.has(lowerName)) return;
  switch (lowerName) {
    case 'connection':
    case 'keep-alive':
    case 'transfer-encoding':
    case 'content-length':
    case 'status':
      return;
    case 'content-type':
      takeContentType(request, value);
      return;
    case 'last-modified':
      out.lastModifiedInHeaders = true;
      out.lastModified = parseHttpDate(value);
      out.headers.push({ name, value });
      return;
    case 'accept-ranges':
      if (!conf.forceRanges) out.headers.push({ name, value });
      return;
    case 'location': {
      // Only what we have changed is ours to make a URL of.
      const rewritten = rewriteBeginning(request, conf.redirects, value);
      if (rewritten === undefined) out.headers.push({ name, value });
      else setLocation(request, rewritten);
      return;
    }
    case 'refresh':
      out.headers.push({ name, value: rewriteRefresh(request, conf.redirects, value) ?? value });
      return;
    case 'set-cookie': {
      const { cookieDomains, cookiePaths, cookieFlags } = conf;
      out.headers.push({ name, value: rewriteCookie(request, cookieDomains, cookiePaths, cookieFlags, value) });
      return;
    }
    default:
      out.headers.push({ name, value });
  }
}

function takeContentType({ out }: Request, value: string): void {
  const match = /^([^;]*);\s*charset=(.*)$/i.exec(value);
  out.contentType = match === null ? value : (match[1] ?? value);
  const charset = match?.[2]?.replace(/^"(.*)"$/, '$1');
  if (charset !== undefined && charset !== '' && out.charset === '') out.charset = charset;
}

const kept: ReadonlySet<string> = new Set([
  'set-cookie',
  'content-disposition',
  'cache-control',
  'expires',
  'p3p',
  'x-accel-limit-rate',
]);

/** What stays of a response that leads elsewhere by X-Accel-Redirect. */
export function redirectedHead(request: Request, { fields }: UpstreamHead): void {
  for (const { name, lowerName, value } of fields) {
    if (lowerName === 'x-accel-limit-rate') request.limitRate = parseBytes(value) ?? request.limitRate;
    else if (lowerName === 'content-type') request.out.contentType = value;
    else if (kept.has(lowerName)) request.out.headers.push({ name, value });
  }
}
