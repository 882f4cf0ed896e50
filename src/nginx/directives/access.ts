// Modules that decide who may pass, how fast, and who a client is: access, auth_basic, limit_conn, limit_req, realip.
// A row for each directive: where it may stand, what it takes, and what becomes of it.

import { type DirectiveRow, exact, refused } from './row.ts';
import { between, flag, oneOf, template, text } from './value-kind.ts';

export const accessDirectives: readonly DirectiveRow[] = [
  {
    name: 'auth_request',
    in: 'http server location',
    args: '1',
    once: true,
    meaning: refused('subrequests are not supported'),
  },
  {
    name: 'auth_request_set',
    in: 'http server location',
    args: '2',
    meaning: refused('subrequests are not supported'),
  },
  { name: 'auth_basic', in: 'http server location limit-except', value: template, meaning: exact },
  { name: 'auth_basic_user_file', in: 'http server location limit-except', args: '1', once: true, meaning: exact },
  { name: 'allow', in: 'http server location limit-except', args: '1', meaning: exact },
  { name: 'deny', in: 'http server location limit-except', args: '1', meaning: exact },
  { name: 'limit_conn_zone', in: 'http', args: '2', meaning: exact },
  { name: 'limit_conn', in: 'http server location', args: '2', meaning: exact },
  {
    name: 'limit_conn_log_level',
    in: 'http server location',
    value: oneOf('info', 'notice', 'warn', 'error'),
    meaning: exact,
  },
  { name: 'limit_conn_status', in: 'http server location', value: between(400, 599), meaning: exact },
  { name: 'limit_conn_dry_run', in: 'http server location', value: flag, meaning: exact },
  { name: 'limit_req_zone', in: 'http', args: '3', meaning: exact },
  { name: 'limit_req', in: 'http server location', args: '1,2,3', meaning: exact },
  {
    name: 'limit_req_log_level',
    in: 'http server location',
    value: oneOf('info', 'notice', 'warn', 'error'),
    meaning: exact,
  },
  { name: 'limit_req_status', in: 'http server location', value: between(400, 599), meaning: exact },
  { name: 'limit_req_dry_run', in: 'http server location', value: flag, meaning: exact },
  { name: 'set_real_ip_from', in: 'http server location', args: '1', meaning: exact },
  { name: 'real_ip_header', in: 'http server location', args: '1', once: true, meaning: exact },
  { name: 'real_ip_recursive', in: 'http server location', value: flag, meaning: exact },
  { name: 'secure_link', in: 'http server location', value: template, meaning: refused('is not supported') },
  { name: 'secure_link_md5', in: 'http server location', value: template, meaning: refused('is not supported') },
  { name: 'secure_link_secret', in: 'http server location', value: text, meaning: refused('is not supported') },
];
