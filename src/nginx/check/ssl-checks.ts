// TLS directives, as far as they are judged where they stand; certificates and keys are read when the block is complete.

import { readFileSync } from 'node:fs';
import { NginxFault, type Place, printSystemError } from '../nginx-fault.ts';
import { type Check, fullName, type Reading } from '../read/directive-node.ts';
import { parseNginxNumber, parseNginxSize } from './units.ts';
import { useVariables } from './variables-used.ts';

export const sslChecks: Readonly<Record<string, Check>> = {
  ssl({ at }, _scope, reading) {
    reading.warn('the "ssl" directive is deprecated, use the "listen ... ssl" directive instead', at);
  },
  ssl_certificate: variableCheck,
  ssl_certificate_key: variableCheck,
  ssl_password_file({ args: [file = ''], at }, _scope, reading) {
    readOrFail(file, at, reading);
  },
  ssl_session_cache({ args, at }) {
    for (const text of args) {
      if (text === 'off' || text === 'none' || text === 'builtin') continue;
      const builtin = /^builtin:(.*)$/s.exec(text)?.[1];
      if (builtin !== undefined) {
        if (parseNginxNumber(builtin) === undefined) throw new NginxFault(`invalid session cache "${text}"`, at);
        continue;
      }
      checkShared(text, 'session cache', at);
    }
  },
  ssl_ocsp_cache({ args: [text = ''], at }) {
    if (text !== 'off') checkShared(text, 'OCSP cache', at);
  },
};

function variableCheck(
  ...[
    {
      args: [name = ''],
      at,
    },
    ,
    reading,
  ]: Parameters<Check>
): void {
  useVariables(name, at, reading);
}

function checkShared(text: string, what: string, at: Place): void {
  const [, size] = /^shared:[^:]+:(.+)$/s.exec(text) ?? [];
  const bytes = size === undefined ? undefined : parseNginxSize(size);
  if (bytes === undefined) throw new NginxFault(`invalid ${what} "${text}"`, at);
  if (bytes < 8 * 4096) throw new NginxFault(`${what} "${text}" is too small`, at);
}

export function readOrFail(file: string, at: Place, reading: Pick<Reading, 'confPrefix'>): Buffer {
  const name = fullName(reading.confPrefix, file);
  try {
    return readFileSync(name);
  } catch (error) {
    throw new NginxFault(`open() "${name}" failed ${printSystemError(error)}`, at);
  }
}
