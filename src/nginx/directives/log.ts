// ngx_http_log_module. A row for each directive: where it may stand, what it takes, and what becomes of it.

import { accepted, approximate, type DirectiveRow, exact } from './row.ts';

export const logDirectives: readonly DirectiveRow[] = [
  { name: 'log_format', in: 'http', args: '2+', meaning: exact },
  {
    name: 'access_log',
    in: 'http server location location-if limit-except',
    args: '1+',
    meaning: approximate('`gzip` gathers lines without compressing them.'),
  },
  {
    name: 'open_log_file_cache',
    in: 'http server location',
    args: '1,2,3,4',
    once: true,
    meaning: accepted('How nginx keeps memory, files and packets; the answers are the same.'),
  },
];
