// The core of nginx: the process, its log, and how it waits for events. A row for each directive: where it may stand,
// what it takes, and what becomes of it.

import { accepted, approximate, type DirectiveRow, exact, exactAs, refused } from './row.ts';
import { flag, milliseconds, number, offset, oneOf, text } from './value-kind.ts';

export const coreDirectives: readonly DirectiveRow[] = [
  { name: 'daemon', in: 'main', value: flag, meaning: exact },
  {
    name: 'master_process',
    in: 'main',
    value: flag,
    meaning: accepted('One process serves in any case; `on` and `off` differ in nothing.'),
  },
  {
    name: 'user',
    in: 'main',
    args: '1,2',
    once: true,
    meaning: approximate(
      'The process changes user and group after its sockets are bound, where it was started as root; the log files stay open.',
    ),
  },
  { name: 'pid', in: 'main', value: text, meaning: exact },
  { name: 'error_log', in: 'main', args: '1+', meaning: exact },
  {
    name: 'working_directory',
    in: 'main',
    value: text,
    meaning: accepted('There are no core files to be written to it.'),
  },
  {
    name: 'worker_processes',
    in: 'main',
    args: '1',
    once: true,
    meaning: accepted('One process serves; what a client sees is the same.'),
  },
  { name: 'worker_shutdown_timeout', in: 'main', value: milliseconds, meaning: exactAs('limits.drainTimeout') },
  { name: 'include', in: 'any', args: '1', meaning: exact },
  { name: 'env', in: 'main', args: '1', meaning: accepted('The environment of the process stays as it is.') },
  {
    name: 'load_module',
    in: 'main',
    args: '1',
    meaning: accepted('There are no modules to load; directives of theirs are unknown.'),
  },
  { name: 'lock_file', in: 'main', value: text, meaning: accepted('A matter of the process of nginx.') },
  { name: 'timer_resolution', in: 'main', value: milliseconds, meaning: accepted('A matter of the process of nginx.') },
  {
    name: 'debug_points',
    in: 'main',
    value: oneOf('stop', 'abort'),
    meaning: accepted('For the developers of nginx.'),
  },
  {
    name: 'worker_priority',
    in: 'main',
    args: '1',
    once: true,
    meaning: accepted('A matter of the process of nginx.'),
  },
  {
    name: 'worker_cpu_affinity',
    in: 'main',
    args: '1+',
    once: true,
    meaning: accepted('A matter of the process of nginx.'),
  },
  { name: 'worker_rlimit_nofile', in: 'main', value: number, meaning: accepted('A matter of the process of nginx.') },
  { name: 'worker_rlimit_core', in: 'main', value: offset, meaning: accepted('A matter of the process of nginx.') },
  { name: 'thread_pool', in: 'main', args: '2,3', meaning: accepted('A matter of the process of nginx.') },
  { name: 'ssl_engine', in: 'main', args: '1', meaning: refused('OpenSSL engines are not loaded') },
  { name: 'pcre_jit', in: 'main', value: flag, meaning: accepted('A matter of the process of nginx.') },
  { name: 'events', in: 'main', args: '0', block: true, once: true, meaning: exact },
  {
    name: 'worker_connections',
    in: 'events',
    args: '1',
    once: true,
    meaning: accepted('A matter of how nginx waits for events.'),
  },
  { name: 'use', in: 'events', args: '1', once: true, meaning: accepted('A matter of how nginx waits for events.') },
  { name: 'multi_accept', in: 'events', value: flag, meaning: accepted('A matter of how nginx waits for events.') },
  { name: 'accept_mutex', in: 'events', value: flag, meaning: accepted('A matter of how nginx waits for events.') },
  {
    name: 'accept_mutex_delay',
    in: 'events',
    value: milliseconds,
    meaning: accepted('A matter of how nginx waits for events.'),
  },
  {
    name: 'worker_aio_requests',
    in: 'events',
    value: number,
    meaning: accepted('A matter of how nginx waits for events.'),
  },
  { name: 'debug_connection', in: 'events', args: '1', meaning: accepted('There is no debug log for single clients.') },
];
