// `geo` (ngx_http_geo_module.c): a variable whose value depends on the network that an address is in; the narrowest counts.

import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { HttpGeoConfig } from '../../../config/http-schema.ts';
import { addressSet } from '../access/address-set.ts';
import { forwardedAddress } from '../access/real-ip.ts';
import { toBinary } from '../binary-text.ts';
import type { Request } from '../request.ts';
import { headersOf } from '../request.ts';
import type { Compiler } from '../script/compiler.ts';
import type { Getter } from '../script/value.ts';

interface Network {
  readonly first: bigint;
  readonly last: bigint;
  readonly v6: boolean;
  readonly value: string;
}

export function defineGeo(geo: HttpGeoConfig, compiler: Compiler): Getter<Request> {
  const source = compiler.value(geo.source);
  const networks = geo.entries.flatMap(({ network, value }) => {
    const parsed = parseNetwork(network);
    return parsed === undefined ? [] : [{ ...parsed, value: toBinary(value) }];
  });
  const trusted = geo.proxies === undefined ? undefined : addressSet(geo.proxies);
  const otherwise = toBinary(geo.default ?? '');
  return (request) => {
    let address = source.of(request);
    if (trusted !== undefined && isIP(address) !== 0) {
      const list = headersOf(request, 'x-forwarded-for');
      const told =
        list === undefined ? undefined : forwardedAddress({ address, port: 0 }, list, trusted, geo.proxyRecursive);
      address = told?.address ?? address;
    }
    return find(networks, address) ?? otherwise;
  };
}

/** The narrowest; of two that are alike the later one. */
function find(networks: readonly Network[], address: string): string | undefined {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const number = toNumber(plain);
  if (number === undefined) return undefined;
  const v6 = isIPv6(plain);
  let best: Network | undefined;
  for (const network of networks) {
    if (network.v6 !== v6 || number < network.first || number > network.last) continue;
    if (best === undefined || network.last - network.first <= best.last - best.first) best = network;
  }
  return best?.value;
}

function parseNetwork(text: string): Omit<Network, 'value'> | undefined {
  const [from = '', to] = text.split('-');
  if (to !== undefined) {
    const first = toNumber(from);
    const last = toNumber(to);
    return first === undefined || last === undefined ? undefined : { first, last, v6: false };
  }
  const [address = '', prefix] = text.split('/');
  const number = toNumber(address);
  if (number === undefined) return undefined;
  const v6 = isIPv6(address);
  const width = v6 ? 128 : 32;
  const bits = prefix === undefined ? width : isIPv4(prefix) ? maskBits(prefix) : Number(prefix);
  const size = 1n << BigInt(width - bits);
  const first = (number / size) * size;
  return { first, last: first + size - 1n, v6 };
}

function maskBits(mask: string): number {
  return (toNumber(mask) ?? 0n).toString(2).replaceAll('0', '').length;
}

function toNumber(address: string): bigint | undefined {
  if (isIPv4(address)) return address.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
  if (!isIPv6(address)) return undefined;
  const [head = '', tail] = address.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => '0');
  return [...first, ...zeros, ...last].reduce((sum, group) => sum * 65_536n + BigInt(`0x${group || '0'}`), 0n);
}
