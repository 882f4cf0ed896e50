// `set_real_ip_from` (ngx_http_realip_module.c): the address that a trusted proxy tells becomes the client's.

import { isIP } from 'node:net';
import { headersOf, type Request } from '../request.ts';
import type { AddressSet } from './address-set.ts';

export function applyRealIp(request: Request): void {
  const { realIpFrom, realIpHeader, realIpRecursive } = request.location;
  if (realIpFrom === undefined || request.realIpDone) return;
  const header = realIpHeader.toLowerCase();
  if (header === 'proxy_protocol') {
    const told = request.connection.proxyProtocol?.client;
    if (told === undefined || !realIpFrom.has(request.remote.address)) return;
    // Printed anew: a proxy may write an address of IPv6 in more than one way.
    const address = isIP(told.address) === 6 ? new URL(`http://[${told.address}]`).hostname.slice(1, -1) : told.address;
    take(request, { ...told, address });
    return;
  }
  const list = headersOf(request, header, ',');
  if (list === undefined) return;
  const value = header === 'x-forwarded-for' || realIpRecursive ? list : (list.split(',').at(-1) ?? list);
  const found = forwardedAddress(request.remote, value, realIpFrom, realIpRecursive);
  if (found !== undefined) take(request, found);
}

function take(request: Request, address: { readonly address: string; readonly port: number }): void {
  request.realIpDone = true;
  request.remote = { ...address };
}

type Address = { readonly address: string; readonly port: number };

/** The last address of the list that is not of a trusted proxy (ngx_http_get_forwarded_addr). */
export function forwardedAddress(
  peer: Address,
  list: string,
  trusted: AddressSet,
  recursive: boolean,
): Address | undefined {
  let current = peer;
  let found: Address | undefined;
  const entries = list.split(/[\s,]+/).filter((entry) => entry !== '');
  for (const entry of entries.reverse()) {
    if (!trusted.has(current.address)) break;
    const parsed = parseAddressPort(entry);
    if (parsed === undefined) break;
    found = parsed;
    current = parsed;
    if (!recursive) break;
  }
  return found;
}

/** `1.2.3.4`, `1.2.3.4:80`, `::1`, `[::1]:80`. */
function parseAddressPort(text: string): Address | undefined {
  if (isIP(text) !== 0) return { address: text, port: 0 };
  const match = /^\[([^\]]+)\](?::(\d+))?$|^([\d.]+):(\d+)$/.exec(text);
  const address = match?.[1] ?? match?.[3];
  const port = Number(match?.[2] ?? match?.[4] ?? 0);
  return address === undefined || isIP(address) === 0 || port > 65535 ? undefined : { address, port };
}
