// Directives whose meaning has gone to others, and those that this system has nothing for: nginx takes them with a
// warning, or takes a few values of them alone.

import { NginxFault } from '../nginx-fault.ts';
import type { Check } from '../read/directive-node.ts';
import { parseNginxNumber, parseNginxSize, parseNginxTime } from './units.ts';

const successors = {
  http2_max_requests: 'keepalive_requests',
  http2_max_field_size: 'large_client_header_buffers',
  http2_max_header_size: 'large_client_header_buffers',
  http2_recv_timeout: 'client_header_timeout',
  http2_idle_timeout: 'keepalive_timeout',
} as const;

const obsolete = Object.entries(successors).map(([name, successor]): [string, Check] => [
  name,
  ({ at }, _scope, reading) => {
    reading.warn(`the "${name}" directive is obsolete, use the "${successor}" directive instead`, at);
  },
]);

export const obsoleteChecks: Readonly<Record<string, Check>> = {
  ...Object.fromEntries(obsolete),
  send_lowat: unsupported,
  proxy_send_lowat: unsupported,
  gzip_types: typesCheck,
  charset_types: typesCheck,
  aio({ args: [value = ''], at }) {
    if (value === 'on') throw new NginxFault('"aio on" is unsupported on this platform', at);
    if (value !== 'off' && !/^threads(=|$)/.test(value)) throw new NginxFault('"aio" directive invalid value', at);
  },
  directio({ args: [value = ''], at }) {
    if (value !== 'off' && parseNginxSize(value, true) === undefined) {
      throw new NginxFault('"directio" directive invalid value', at);
    }
  },
  open_log_file_cache({ args, at }) {
    for (const parameter of args) {
      const [, name, value = ''] = /^(max|inactive|min_uses|valid)=(.*)$/s.exec(parameter) ?? [];
      const isRight =
        parameter === 'off' ||
        ((name === 'max' || name === 'min_uses') && (parseNginxNumber(value) ?? 0) > 0) ||
        ((name === 'inactive' || name === 'valid') && parseNginxTime(value) !== undefined);
      if (!isRight) throw new NginxFault(`invalid "open_log_file_cache" parameter "${parameter}"`, at);
    }
  },
};

function unsupported(...[{ name, at }, , reading]: Parameters<Check>): void {
  reading.warn(`"${name}" is not supported, ignored`, at);
}

function typesCheck(...[{ name, args, at }, { nodes }, reading]: Parameters<Check>): void {
  const seen = new Set(nodes.filter((node) => node.name === name).flatMap((node) => node.args));
  for (const type of args) {
    if (seen.has(type)) reading.warn(`duplicate MIME type "${type}"`, at);
    seen.add(type);
  }
}
