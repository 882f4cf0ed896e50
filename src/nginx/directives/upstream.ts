// ngx_http_upstream_module and the modules that choose a server of an upstream. A row for each directive: where it may
// stand, what it takes, and what becomes of it.

import { type DirectiveRow, exact } from './row.ts';
import { milliseconds, number } from './value-kind.ts';

export const upstreamDirectives: readonly DirectiveRow[] = [
  { name: 'upstream', in: 'http', args: '1', block: true, meaning: exact },
  { name: 'server', in: 'upstream', args: '1+', meaning: exact },
  { name: 'zone', in: 'upstream', args: '1,2', meaning: exact },
  { name: 'hash', in: 'upstream', args: '1,2', meaning: exact },
  { name: 'ip_hash', in: 'upstream', args: '0', meaning: exact },
  { name: 'least_conn', in: 'upstream', args: '0', meaning: exact },
  { name: 'random', in: 'upstream', args: '0,1,2', meaning: exact },
  { name: 'keepalive', in: 'upstream', args: '1', once: true, until: 29, meaning: exact },
  { name: 'keepalive', in: 'upstream', args: '1,2', once: true, since: 29, meaning: exact },
  { name: 'keepalive_time', in: 'upstream', value: milliseconds, meaning: exact },
  { name: 'keepalive_timeout', in: 'upstream', value: milliseconds, once: true, meaning: exact },
  { name: 'keepalive_requests', in: 'upstream', value: number, meaning: exact },
];
