// ngx_http_v2_module. A row for each directive: where it may stand, what it takes, and what becomes of it.

import { accepted, type DirectiveRow } from './row.ts';
import { flag, number, size } from './value-kind.ts';

export const http2Directives: readonly DirectiveRow[] = [
  { name: 'http2_recv_buffer_size', in: 'http', value: size, meaning: accepted('A matter of the HTTP/2 of nginx.') },
  { name: 'http2_pool_size', in: 'http server', value: size, meaning: accepted('A matter of the HTTP/2 of nginx.') },
  {
    name: 'http2_max_concurrent_streams',
    in: 'http server',
    value: number,
    meaning: accepted('A matter of the HTTP/2 of nginx.'),
  },
  {
    name: 'http2_max_concurrent_pushes',
    in: 'http server',
    value: number,
    meaning: accepted('A matter of the HTTP/2 of nginx.'),
  },
  { name: 'http2_max_requests', in: 'http server', args: '1', meaning: accepted('A matter of the HTTP/2 of nginx.') },
  { name: 'http2_max_field_size', in: 'http server', args: '1', meaning: accepted('A matter of the HTTP/2 of nginx.') },
  {
    name: 'http2_max_header_size',
    in: 'http server',
    args: '1',
    meaning: accepted('A matter of the HTTP/2 of nginx.'),
  },
  {
    name: 'http2_body_preread_size',
    in: 'http server',
    value: size,
    meaning: accepted('A matter of the HTTP/2 of nginx.'),
  },
  {
    name: 'http2_streams_index_size',
    in: 'http server',
    value: number,
    meaning: accepted('A matter of the HTTP/2 of nginx.'),
  },
  { name: 'http2_recv_timeout', in: 'http server', args: '1', meaning: accepted('A matter of the HTTP/2 of nginx.') },
  { name: 'http2_idle_timeout', in: 'http server', args: '1', meaning: accepted('A matter of the HTTP/2 of nginx.') },
  {
    name: 'http2_chunk_size',
    in: 'http server location',
    value: size,
    meaning: accepted('A matter of the HTTP/2 of nginx.'),
  },
  {
    name: 'http2_push_preload',
    in: 'http server location',
    value: flag,
    meaning: accepted('A matter of the HTTP/2 of nginx.'),
  },
  {
    name: 'http2_push',
    in: 'http server location',
    args: '1',
    once: true,
    meaning: accepted('A matter of the HTTP/2 of nginx.'),
  },
];
