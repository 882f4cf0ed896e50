// The request to an upstream, byte for byte as nginx writes it (ngx_http_proxy_module.c, ngx_http_proxy_create_request).

import { escapeUri } from '../parse/escape-uri.ts';
import { safeTarget, safeValue } from '../parse/without-line-ends.ts';
import type { Request } from '../request.ts';
import type { ProxyConf, ProxyTarget } from './proxy-conf.ts';

export function printProxyRequest(request: Request, conf: ProxyConf, target: ProxyTarget): string {
  const method = conf.method?.of(request) ?? request.method;
  let text = `${safeTarget(method)} ${safeTarget(proxyUri(request, conf, target))} HTTP/1.${conf.http11 ? 1 : 0}\r\n`;
  for (const { name, value } of conf.setHeaders) {
    const rendered = value.of(request);
    if (rendered !== '') text += `${name}: ${safeValue(rendered)}\r\n`;
  }
  if (conf.passHeaders) {
    for (const { name, lowerName, value } of request.headers) {
      if (!conf.replaced.has(lowerName)) text += `${name}: ${safeValue(value)}\r\n`;
    }
  }
  return `${text}\r\n`;
}

/** What stands in the request line toward the upstream. */
export function proxyUri(request: Request, conf: ProxyConf, target: ProxyTarget): string {
  const { uri } = target;
  if ('source' in conf.target && uri !== '') return uri;
  if (uri === '' && request.validUnparsedUri) return request.unparsedUri;
  const cut = request.validLocation && uri !== '' ? conf.locationName.length : 0;
  const rest = request.uri.slice(cut);
  const path = request.quotedUri || request.internal ? escapeUri(rest, 'uri') : rest;
  return `${request.validLocation ? uri : ''}${path}${request.args === '' ? '' : `?${request.args}`}`;
}
