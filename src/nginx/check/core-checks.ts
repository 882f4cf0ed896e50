// Checks of directives of the core: processes, users, events.

import { readFileSync } from 'node:fs';
import { NginxFault } from '../nginx-fault.ts';
import type { Check } from '../read/directive-node.ts';
import { parseNginxNumber } from './units.ts';

export const coreChecks: Readonly<Record<string, Check>> = {
  worker_processes({ args: [value = ''], at }) {
    if (value !== 'auto' && parseNginxNumber(value) === undefined) {
      throw new NginxFault('"worker_processes" directive invalid value', at);
    }
  },
  worker_priority({ args: [value = ''], at }) {
    if (!/^[-+]?\d+$/.test(value)) throw new NginxFault('"worker_priority" directive invalid number', at);
  },
  worker_connections({ args: [value = ''], at }) {
    if (parseNginxNumber(value) === undefined) throw new NginxFault(`invalid number "${value}"`, at);
  },
  use({ args: [value = ''], at }) {
    if (value !== 'epoll') throw new NginxFault(`invalid event type "${value}"`, at);
  },
  user({ args: [user = '', group], at }, _scope, reading) {
    if (process.getuid?.() !== 0) {
      reading.warn(
        'the "user" directive makes sense only if the master process runs with super-user privileges, ignored',
        at,
      );
      return;
    }
    if (!isKnown('/etc/passwd', user)) throw new NginxFault(`getpwnam("${user}") failed`, at);
    const wanted = group ?? user;
    if (!isKnown('/etc/group', wanted)) throw new NginxFault(`getgrnam("${wanted}") failed`, at);
  },
  load_module({ at }, scope) {
    if (scope.nodes.some(({ row }) => row?.block === true)) {
      throw new NginxFault('"load_module" directive is specified too late', at);
    }
  },
  thread_pool({ args: [, threads = ''], at }) {
    if (threads.startsWith('threads=') && !(Number(threads.slice(8)) > 0)) {
      throw new NginxFault(`invalid threads value "${threads}"`, at);
    }
  },
};

/** Whether the file of users or groups names it; where there is no such file, it is believed. */
function isKnown(file: string, name: string): boolean {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .some((line) => line.startsWith(`${name}:`));
  } catch {
    return true;
  }
}
