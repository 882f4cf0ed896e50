// nginx's variables of the proxy module (ngx_http_proxy_module.c).

import type { Request } from '../request.ts';
import { headersOf } from '../request.ts';
import type { Getter } from '../script/value.ts';

export const proxyVariables: Readonly<Record<string, Getter<Request>>> = {
  proxy_host: ({ proxy }) => proxy?.host,
  proxy_port: ({ proxy }) => proxy?.port,
  proxy_add_x_forwarded_for: (request) => {
    const { address } = request.remote;
    const told = headersOf(request, 'x-forwarded-for');
    return told === undefined ? address : `${told}, ${address}`;
  },
  proxy_internal_body_length: ({ proxy }) =>
    proxy === undefined || proxy.bodyLength < 0 ? undefined : String(proxy.bodyLength),
  proxy_internal_chunked: ({ proxy }) => (proxy?.chunked === true ? 'chunked' : undefined),
};
