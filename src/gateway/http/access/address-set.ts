// Sets of addresses as nginx writes them: `10.0.0.0/8`, `2001:db8::/32`, one address, `unix:`, `all`.

import { BlockList, isIP, isIPv4 } from 'node:net';
import { MutualError } from '../../../errors.ts';

export interface AddressSet {
  has(address: string): boolean;
}

/** @throws MutualError `config-invalid` */
export function addressSet(entries: readonly string[]): AddressSet {
  const list = new BlockList();
  let unix = false;
  for (const entry of entries) {
    if (entry === 'all') {
      list.addSubnet('0.0.0.0', 0, 'ipv4');
      list.addSubnet('::', 0, 'ipv6');
      unix = true;
    } else if (entry === 'unix:') unix = true;
    else addBlock(list, entry);
  }
  return {
    has(address) {
      if (address.startsWith('unix:')) return unix;
      const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
      const family = isIP(plain);
      return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
    },
  };
}

function addBlock(list: BlockList, entry: string): void {
  const [network = '', prefix] = entry.split('/');
  const family = isIP(network);
  if (family === 0) throw new MutualError('config-invalid', `invalid parameter "${entry}"`);
  const bits = prefix === undefined ? (family === 6 ? 128 : 32) : prefixBits(prefix, entry);
  list.addSubnet(network, bits, family === 6 ? 'ipv6' : 'ipv4');
}

function prefixBits(prefix: string, entry: string): number {
  if (/^\d+$/.test(prefix)) return Number(prefix);
  if (!isIPv4(prefix)) throw new MutualError('config-invalid', `invalid parameter "${entry}"`);
  return prefix
    .split('.')
    .map((octet) => Number(octet).toString(2).padStart(8, '0'))
    .join('')
    .replace(/0+$/, '').length;
}
