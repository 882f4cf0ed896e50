// `listen`: the address and what follows it (src/http/ngx_http_core_module.c, ngx_http_core_listen).

import { NginxFault } from '../nginx-fault.ts';
import type { Check, Reading } from '../read/directive-node.ts';
import { parseNginxUrl } from '../read/parse-url.ts';
import { checkSameAddress } from './addresses-end.ts';
import { parseNginxNumber, parseNginxSize, parseNginxTime } from './units.ts';

const words = new Set(['default', 'default_server', 'bind', 'deferred', 'reuseport', 'ssl', 'http2', 'proxy_protocol']);

export const listenCheck: Check = (node, scope, reading) => {
  const {
    args: [address = '', ...parameters],
    at,
  } = node;
  const url = parseNginxUrl(address, { listen: true, defaultPort: 80 });
  if (typeof url === 'string') throw new NginxFault(`${url} in "${address}" of the "listen" directive`, at);
  if (url.isName) {
    const slip = words.has(address) ? `: the address is missing, "listen 443 ${address}" is probably meant` : '';
    const fault = `host not found in "${address}" of the "listen" directive`;
    reading.hosts.push({ host: url.host, fault: `${fault}${slip}`, at });
    if (slip !== '') throw new NginxFault(`${fault}${slip}`, at);
  }
  for (const parameter of parameters) {
    const fault = faultOf(parameter, reading);
    if (fault !== undefined) throw new NginxFault(fault, at);
  }
  checkSameAddress(node, reading.listens, scope);
  reading.listens.push({ server: scope, listen: node });
};

function faultOf(parameter: string, { minor }: Reading): string | undefined {
  if (words.has(parameter)) return undefined;
  if (parameter === 'quic' && minor >= 25) return '"quic" is not supported here: HTTP/3 is not spoken';
  if (parameter === 'multipath' && minor >= 29) return undefined;
  const [, name = '', value = ''] = /^(\w+)=(.*)$/s.exec(parameter) ?? [];
  switch (name) {
    case 'backlog':
      return (parseNginxNumber(value) ?? 0) > 0 || value === '-1' ? undefined : `invalid backlog "${parameter}"`;
    case 'rcvbuf':
    case 'sndbuf':
      return parseNginxSize(value) === undefined ? `invalid ${name} "${parameter}"` : undefined;
    case 'fastopen':
      return parseNginxNumber(value) === undefined ? `invalid fastopen "${parameter}"` : undefined;
    case 'accept_filter':
      return `accept filters "${parameter}" are not supported on this platform, ignored`;
    case 'ipv6only':
      return value === 'on' || value === 'off' ? undefined : `invalid parameter "${parameter}"`;
    case 'so_keepalive':
      return isKeepalive(value) ? undefined : `invalid so_keepalive value: "${value}"`;
    default:
      return `invalid parameter "${parameter}"`;
  }
}

/** `on`, `off`, or `idle:interval:count`, each of which may be left out, but not all. */
function isKeepalive(value: string): boolean {
  if (value === 'on' || value === 'off') return true;
  const [idle = '', interval = '', count = '', ...more] = value.split(':');
  return (
    value.includes(':') &&
    more.length === 0 &&
    `${idle}${interval}${count}` !== '' &&
    (idle === '' || parseNginxTime(idle) !== undefined) &&
    (interval === '' || parseNginxTime(interval) !== undefined) &&
    (count === '' || (parseNginxNumber(count) ?? 0) > 0)
  );
}
