// Where a request goes whose `proxy_pass` holds variables (ngx_http_proxy_module.c, ngx_http_proxy_eval): to an upstream of
// that name, to an address, or to a name that is looked up.

import { logError } from '../log/log-error.ts';
import type { Request } from '../request.ts';
import type { ProxyConf, ProxyTarget } from './proxy-conf.ts';

export interface Parts {
  readonly secure: boolean;
  readonly host: string;
  readonly port: string;
  readonly uri: string;
}

/** `http://host:port/uri` taken apart. */
export function parseProxyUrl(url: string): Parts | undefined {
  const match = /^(https?):\/\/(unix:[^:]*(?::(?=\/|$))?|\[[^\]]*\](?::\d+)?|[^/?#]*)(.*)$/is.exec(url);
  if (match === null) return undefined;
  const [, scheme = '', host = '', rest = ''] = match;
  const secure = scheme.toLowerCase() === 'https';
  if (host === '') return undefined;
  if (host.startsWith('unix:')) return { secure, host: host.replace(/:$/, ''), port: '', uri: rest };
  const port = /:(\d+)$/.exec(host)?.[1] ?? (secure ? '443' : '80');
  return { secure, host, port, uri: rest };
}

export async function resolveTarget(request: Request, conf: ProxyConf): Promise<ProxyTarget | number> {
  const { target } = conf;
  if (!('source' in target)) return target;
  const url = target.of(request);
  const parts = parseProxyUrl(url);
  if (parts === undefined) {
    logError(
      request,
      'error',
      /^https?:\/\//i.test(url) ? `no host in upstream "${url}"` : `invalid URL prefix in "${url}"`,
    );
    return 500;
  }
  const { secure, host, port } = parts;
  const uri = parts.uri.startsWith('?') ? `/${parts.uri}` : parts.uri;
  const group = await conf.findGroup(host, secure);
  if (typeof group === 'string') {
    logError(request, 'error', group);
    return 502;
  }
  return { secure, group, host: host.startsWith('unix:') ? 'localhost' : host, port, uri };
}
