// `server_name`: exact names, wildcards at either end, regular expressions.

import { NginxFault } from '../nginx-fault.ts';
import type { Check } from '../read/directive-node.ts';
import { checkRegex } from './regex.ts';

export const serverNameCheck: Check = ({ args, at }, _scope, reading) => {
  for (const name of args) {
    if (/^\*[^.]/.test(name) || name === '.') throw new NginxFault(`server name "${name}" is invalid`, at);
    if (name.includes('/') && !name.startsWith('~')) {
      reading.warn(`server name "${name}" has suspicious symbols`, at);
    }
    if (name === '~') throw new NginxFault(`empty regex in server name "${name}"`, at);
    if (name.startsWith('~')) checkRegex(name.slice(1), at, reading);
  }
};
