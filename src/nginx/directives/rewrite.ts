// ngx_http_rewrite_module, and the modules that make variables: map, geo, split_clients. A row for each directive:
// where it may stand, what it takes, and what becomes of it.

import { accepted, type DirectiveRow, exact, refused } from './row.ts';
import { flag, number } from './value-kind.ts';

export const rewriteDirectives: readonly DirectiveRow[] = [
  { name: 'rewrite', in: 'server location server-if location-if', args: '2,3', meaning: exact },
  { name: 'return', in: 'server location server-if location-if', args: '1,2', meaning: exact },
  { name: 'break', in: 'server location server-if location-if', args: '0', meaning: exact },
  { name: 'if', in: 'server location', args: '1+', block: true, meaning: exact },
  { name: 'set', in: 'server location server-if location-if', args: '2', meaning: exact },
  {
    name: 'rewrite_log',
    in: 'http server location server-if location-if',
    value: flag,
    meaning: accepted('A matter of the error log of nginx.'),
  },
  {
    name: 'uninitialized_variable_warn',
    in: 'http server location server-if location-if',
    value: flag,
    meaning: accepted('A matter of the error log of nginx.'),
  },
  { name: 'map', in: 'http', args: '2', block: true, meaning: exact },
  { name: 'map_hash_max_size', in: 'http', value: number, meaning: accepted('Tables grow by themselves.') },
  { name: 'map_hash_bucket_size', in: 'http', value: number, meaning: accepted('Tables grow by themselves.') },
  { name: 'geo', in: 'http', args: '1,2', block: true, meaning: exact },
  { name: 'split_clients', in: 'http', args: '2', block: true, meaning: exact },
  { name: 'valid_referers', in: 'server location', args: '1+', meaning: refused('is not supported') },
  {
    name: 'referer_hash_max_size',
    in: 'server location',
    value: number,
    meaning: accepted('Tables grow by themselves.'),
  },
  {
    name: 'referer_hash_bucket_size',
    in: 'server location',
    value: number,
    meaning: accepted('Tables grow by themselves.'),
  },
];
